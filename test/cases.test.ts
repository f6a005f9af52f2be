/** Each folder below cases/ is a story: a cluster, its policies, and flows with the verdicts that they must get. */
