/*
 * A router between two tun devices, left and right, in the network namespace that it is started in, with connection
 * tracking. It takes one command a line and answers each with lines of its own:
 *
 *   l HEX, r HEX   a packet comes in from the left or the right: "SECONDS.NANOS STATE", where STATE is what connection
 *                  tracking called it (new, established, related, invalid, untracked), "-" when it was not forwarded
 *   s TEXT         the lines of /proc/net/nf_conntrack that contain TEXT, "SECONDS.NANOS" afterwards, then an empty line
 *   w MS           waits
 *
 * Packets say how they were called on their way out: a rule in the forward hook writes it into their TOS or hop limit.
 * argv[1] is a shell command that sets addresses, routes and settings once the devices are there.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int open_tun(const char *name) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  if (fd < 0) fail("/dev/net/tun");
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &request) < 0) fail("TUNSETIFF");
  return fd;
}

/* --- netlink messages --- */

static char message[16384];
static size_t used;

static void *append(const void *bytes, size_t length) {
  void *at = message + used;
  if (bytes) memcpy(at, bytes, length);
  used += NLA_ALIGN(length);
  return at;
}

static struct nlmsghdr *begin(int type, int flags, int family, int resource) {
  struct nlmsghdr *header = append(NULL, sizeof *header);
  struct nfgenmsg general = {.nfgen_family = family, .res_id = htons(resource)};
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | flags;
  append(&general, sizeof general);
  return header;
}

static void end(struct nlmsghdr *header) {
  header->nlmsg_len = (char *)message + used - (char *)header;
}

static void attribute(int type, const void *bytes, size_t length) {
  struct nlattr *head = append(NULL, sizeof *head);
  head->nla_type = type;
  head->nla_len = sizeof *head + length;
  append(bytes, length);
}

static void text(int type, const char *value) { attribute(type, value, strlen(value) + 1); }

static void number(int type, uint32_t value) {
  value = htonl(value);
  attribute(type, &value, sizeof value);
}

static struct nlattr *nest(int type) {
  struct nlattr *head = append(NULL, sizeof *head);
  head->nla_type = type | NLA_F_NESTED;
  return head;
}

static void unnest(struct nlattr *head) { head->nla_len = (char *)message + used - (char *)head; }

static struct nlattr *expression_outer;

static struct nlattr *expression(const char *name) {
  expression_outer = nest(NFTA_LIST_ELEM);
  text(NFTA_EXPR_NAME, name);
  return nest(NFTA_EXPR_DATA);
}

static void end_expression(struct nlattr *data) {
  unnest(data);
  unnest(expression_outer);
}

static void value(int type, const void *bytes, size_t length) {
  struct nlattr *data = nest(type);
  attribute(NFTA_DATA_VALUE, bytes, length);
  unnest(data);
}

/* Packets of the state are marked with the byte. */
static void rule(int family, uint32_t state, uint8_t mark) {
  struct nlmsghdr *header =
      begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, family, 0);
  text(NFTA_RULE_TABLE, "t");
  text(NFTA_RULE_CHAIN, "c");
  struct nlattr *list = nest(NFTA_RULE_EXPRESSIONS), *data = expression("ct");
  number(NFTA_CT_DREG, NFT_REG32_00);
  number(NFTA_CT_KEY, NFT_CT_STATE);
  end_expression(data);
  data = expression("cmp");
  number(NFTA_CMP_SREG, NFT_REG32_00);
  number(NFTA_CMP_OP, NFT_CMP_EQ);
  value(NFTA_CMP_DATA, &state, sizeof state);
  end_expression(data);
  data = expression("immediate");
  number(NFTA_IMMEDIATE_DREG, NFT_REG32_01);
  value(NFTA_IMMEDIATE_DATA, &mark, 1);
  end_expression(data);
  data = expression("payload");
  number(NFTA_PAYLOAD_SREG, NFT_REG32_01);
  number(NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
  number(NFTA_PAYLOAD_OFFSET, family == NFPROTO_IPV4 ? 1 : 7);
  number(NFTA_PAYLOAD_LEN, 1);
  if (family == NFPROTO_IPV4) {
    number(NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
    number(NFTA_PAYLOAD_CSUM_OFFSET, 10);
  }
  end_expression(data);
  unnest(list);
  end(header);
}

static const struct {
  uint32_t state;
  uint8_t mark;
  const char *name;
} STATES[] = {
    {1 << 0, 4, "invalid"},
    {1 << 1, 8, "established"},
    {1 << 2, 12, "related"},
    {1 << 3, 16, "new"},
    {1 << 6, 20, "untracked"},
};
#define STATE_COUNT (sizeof STATES / sizeof *STATES)

static void install(int family) {
  struct nlmsghdr *header = begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, NLM_F_CREATE, family, 0);
  text(NFTA_TABLE_NAME, "t");
  end(header);
  header = begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN, NLM_F_CREATE, family, 0);
  text(NFTA_CHAIN_TABLE, "t");
  text(NFTA_CHAIN_NAME, "c");
  struct nlattr *hook = nest(NFTA_CHAIN_HOOK);
  number(NFTA_HOOK_HOOKNUM, NF_INET_FORWARD);
  number(NFTA_HOOK_PRIORITY, 0);
  unnest(hook);
  text(NFTA_CHAIN_TYPE, "filter");
  end(header);
  for (size_t i = 0; i < STATE_COUNT; i++) rule(family, STATES[i].state, STATES[i].mark);
}

static void install_rules(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  if (fd < 0) fail("netlink");
  end(begin(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  install(NFPROTO_IPV4);
  install(NFPROTO_IPV6);
  end(begin(NFNL_MSG_BATCH_END, NLM_F_ACK, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  if (send(fd, message, used, 0) < 0) fail("nf_tables");
  char answer[8192];
  ssize_t length = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
  if (length < 0) return;
  const struct nlmsghdr *header = (void *)answer;
  const struct nlmsgerr *error = NLMSG_DATA(header);
  if (header->nlmsg_type == NLMSG_ERROR && error->error != 0) {
    fprintf(stderr, "nf_tables: %s\n", strerror(-error->error));
    exit(1);
  }
}

/* --- packets --- */

static size_t from_hex(const char *hex, unsigned char *bytes) {
  size_t length = 0;
  unsigned byte;
  while (sscanf(hex + 2 * length, "%2x", &byte) == 1) bytes[length++] = byte;
  return length;
}

/* The mark of the packet between these addresses when it comes out at `fd`, else -1. */
static int mark_of(int fd, const unsigned char *packet) {
  unsigned char out[65536];
  int mark = -1, is4 = packet[0] >> 4 == 4;
  while (read(fd, out, sizeof out) > 0) {
    if (out[0] >> 4 != packet[0] >> 4) continue;
    if (memcmp(out + (is4 ? 12 : 8), packet + (is4 ? 12 : 8), is4 ? 8 : 32)) continue;
    mark = is4 ? out[1] : out[7];
  }
  return mark;
}

static void forward(int in, int out, const char *hex) {
  unsigned char packet[65536];
  size_t length = from_hex(hex, packet);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (write(in, packet, length) < 0) fail("write");
  int mark = -1;
  /* The kernel forwards before write returns; a late one is waited for all the same. */
  for (int tries = 0; tries < 3 && mark < 0; tries++) {
    if (tries) usleep(2000);
    mark = mark_of(out, packet);
  }
  const char *name = "-";
  for (size_t i = 0; i < STATE_COUNT; i++)
    if (STATES[i].mark == mark) name = STATES[i].name;
  printf("%lld.%09ld %s\n", (long long)now.tv_sec, now.tv_nsec, name);
}

static void show(const char *filter) {
  char line[4096];
  FILE *table = fopen("/proc/net/nf_conntrack", "r");
  if (!table) fail("/proc/net/nf_conntrack");
  while (fgets(line, sizeof line, table))
    if (strstr(line, filter)) fputs(line, stdout);
  fclose(table);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  printf("%lld.%09ld\n\n", (long long)now.tv_sec, now.tv_nsec);
}

int main(int argc, char **argv) {
  static char line[140000];
  int left = open_tun("left"), right = open_tun("right");
  if (argc > 1 && system(argv[1]) != 0) return 1;
  install_rules();
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (line[0] == 'l') forward(left, right, line + 2);
    else if (line[0] == 'r') forward(right, left, line + 2);
    else if (line[0] == 's') show(line + 2);
    else if (line[0] == 'w') usleep(1000 * (useconds_t)atoi(line + 2));
    fflush(stdout);
  }
  return 0;
}
