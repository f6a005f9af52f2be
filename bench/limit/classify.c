/* The limit for lookups: the saved tables, the same chain of loads as identify and classify, one packet after the other.
 * IPv4 packets between endpoints and the outside only: no services, no node addresses, no source port tests.
 * Usage: classify TABLES PACKETS ROUNDS PASSES. PACKETS: u32 count, then u32 src, u32 dst, u32 protocol << 16 | dport each.
 * Prints a line a round: packets, CPU seconds, sum of verdicts and outcome numbers of one pass. */
#include <time.h>
#include "tables.h"

typedef struct { uint32_t src, dst, key; } Packet;

static uint64_t classify(const Packet *packets, uint32_t count, uint8_t *verdicts, uint32_t *egress, uint32_t *ingress) {
  const Entry *entries = (const Entry *)sections[ENTRIES];
  uint64_t sum = 0;
  for (uint32_t at = 0; at < count; at++) {
    const Entry *from = &entries[entry_of(packets[at].src)], *to = &entries[entry_of(packets[at].dst)];
    verdicts[at] = judge(from, to, packets[at].key, &egress[at], &ingress[at]);
    sum += (uint64_t)verdicts[at] + egress[at] + ingress[at];
  }
  return sum;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  open_tables(argv[1]);
  uint32_t *file = read_file(argv[2]);
  uint32_t count = file[0];
  Packet *packets = malloc(count * sizeof(Packet));
  memcpy(packets, file + 1, count * sizeof(Packet));
  uint8_t *verdicts = malloc(count);
  uint32_t *egress = malloc(count * 4), *ingress = malloc(count * 4);
  uint64_t sum = classify(packets, count, verdicts, egress, ingress);
  for (int round = atoi(argv[3]); round > 0; round--) {
    struct timespec begin, end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    for (int pass = atoi(argv[4]); pass > 0; pass--) sum = classify(packets, count, verdicts, egress, ingress);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    printf("%u %.9f %llu\n", count, (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9, (unsigned long long)sum);
  }
  return 0;
}
