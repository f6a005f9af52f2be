/* The limit for the whole path: classic pcap in 256 KB reads, the common frame with the checks that decode makes, connections in a table of
 * 32-byte rows that is at most half full, followed as Linux does (the table of TCP's states, timeouts in ticks, UDP's streams, expiry), the
 * saved tables for first packets, and counters by verdict and reason, by interval, of the trace, and of outcomes. In blocks: what a block's
 * packets will load is prefetched while they are decoded. On what these captures do not hold it gives up: other frames, services, segments
 * that change more than a state.
 * Usage: path FILE TABLES CONNTRACK CONNECTIONS ROUNDS. CONNTRACK: the rules of tracking as the kernels read them (conntrack-layout.ts).
 * Prints a line a round: packets, CPU seconds up to the last packet, the trace's bytes, then verdict:reason:packets:bytes of each pair. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <time.h>
#include <unistd.h>
#include "tables.h"

enum { PIECE = 256 * 1024, LARGEST = 262144, BLOCK = 512, INTERVALS = 256, REASONS = 32 };
enum { SYN_SENT = 1, SYN_RECV = 2, ESTABLISHED = 3, FIN_WAIT = 4, TIME_WAIT = 7, IGNORE = 14, INVALID = 15 };
enum { REPLIED = 8, ASSURED = 16, CLOSING = 32, TICK_BITS = 7, NANOS_PER_TICK = 7812500, AGE_MOST = 511, STREAM_AGE = 256 };
enum { LOOSE = 0, TIMEOUT_TCP = 8, TIMEOUT_UNACKNOWLEDGED = 48, TIMEOUT_UDP = 88, TIMEOUT_STREAM = 92, STATES = 128 };
enum { LATER = 7, SELF = 10, NO_ENDPOINT = 11, LATER_DENIED = 12, ENCAPSULATED = 15 };

#define BYTES 0xffffffffffffull

typedef struct {
  uint64_t sides;
  uint32_t ports, deadline;
  uint8_t protocol, state, bits, judged;
  uint32_t packets;
  /* 48 bits of bytes; above them ticks of the deadline's second, and ticks of UDP from the first packet to the latest. */
  uint64_t bytes;
} Connection;
typedef struct { uint32_t egress, ingress; } Judged;
typedef struct { uint64_t sides, now; uint32_t ports, hash, seconds, nanos, bytes; uint8_t protocol, flags; } Packet;

static Connection *table;
static Judged *judged;
static const uint8_t *conntrack;
static uint32_t mask, outcomes, first_second, width = 1;
static uint64_t *totals, *timeline, trace_packets, trace_bytes, earliest, latest;
static double *tally;

static uint32_t le32(const uint8_t *at) { uint32_t v; memcpy(&v, at, 4); return v; }
static uint32_t be32(const uint8_t *at) { return __builtin_bswap32(le32(at)); }
static uint16_t le16(const uint8_t *at) { uint16_t v; memcpy(&v, at, 2); return v; }
static uint16_t be16(const uint8_t *at) { return __builtin_bswap16(le16(at)); }

static uint64_t side(uint32_t address, uint32_t port) {
  uint64_t mixed = (address | (uint64_t)port << 32) * 0x9e3779b97f4a7c15ull;
  return mixed ^ mixed >> 32;
}

static uint32_t hash_of(uint64_t sides, uint32_t ports, uint32_t protocol) {
  uint64_t mixed = (side(sides, ports & 0xffff) + side(sides >> 32, ports >> 16) + protocol) * 0xff51afd7ed558ccdull;
  return mixed >> 32;
}

static int is_tunnel_port(uint32_t port) { return port == 4789 || port == 8472 || port == 6081; }

/* Nothing of these tunnels begins with a byte of 0. */
static int holds_tunnel(const uint8_t *ip, uint32_t available) { return available >= 36 && ip[28] != 0; }

/* Decodes up to BLOCK packets of [at, end) and prefetches their rows; returns the first byte not used. */
static const uint8_t *decode(const uint8_t *at, const uint8_t *end, Packet *packets, uint32_t *count) {
  uint32_t filled = 0;
  while (end - at >= 16 && filled < BLOCK) {
    uint32_t fraction = le32(at + 4), captured = le32(at + 8), original = le32(at + 12);
    if (captured > LARGEST) exit(3);
    if (captured > (size_t)(end - at) - 16) break;
    const uint8_t *ip = at + 30;
    if (captured < 38 || captured > original || fraction >= 1000000) exit(3);
    if (le16(ip - 2) != 0x0008 || ip[0] != 0x45 || (le16(ip + 6) & 0xff3f) != 0) exit(3);
    uint32_t total = be16(ip + 2), available = captured - 14, port = be16(ip + 22);
    int is_tcp = ip[9] == 6;
    uint32_t needed = is_tcp ? 34 : 24;
    if ((!is_tcp && ip[9] != 17) || total < needed || available < needed) exit(3);
    if (!is_tcp && is_tunnel_port(port) && holds_tunnel(ip, available)) exit(3);
    Packet *packet = &packets[filled++];
    packet->sides = be32(ip + 12) | (uint64_t)be32(ip + 16) << 32;
    packet->ports = be16(ip + 20) | port << 16;
    packet->protocol = ip[9];
    packet->flags = is_tcp ? ip[33] : 0;
    packet->seconds = le32(at);
    packet->nanos = fraction * 1000;
    packet->now = ((uint64_t)packet->seconds << TICK_BITS) + packet->nanos / NANOS_PER_TICK;
    packet->bytes = original;
    packet->hash = hash_of(packet->sides, packet->ports, packet->protocol);
    __builtin_prefetch(&table[packet->hash & mask], 1);
    at += 16 + captured;
  }
  *count = filled;
  return at;
}

static uint32_t timeout_of(uint32_t offset) { return le32(conntrack + offset); }

/* Where a TCP connection goes from `state` with a segment; `against`: the responder sent it. */
static uint32_t state_after(uint32_t segment, int against, uint32_t state) { return conntrack[STATES + ((against << 3 | segment) << 4 | state)]; }

/* SYN, SYN and ACK, FIN, ACK, RST. Gives up on combinations that no segment has. */
static uint32_t segment_of(uint32_t flags) {
  const uint64_t valid = 1ull << 2 | 1ull << 34 | 1ull << 18 | 1ull << 4 | 1ull << 20 | 1ull << 16 | 1ull << 17 | 1ull << 48 | 1ull << 49;
  if (!(valid >> (flags & 55) & 1)) exit(3);
  if (flags & 4) return 4;
  if (flags & 2) return flags & 16 ? 1 : 0;
  return flags & 1 ? 2 : 3;
}

static void keep(Connection *found, uint64_t deadline, uint32_t age) {
  found->deadline = deadline >> TICK_BITS;
  found->bytes = (found->bytes & BYTES) | ((deadline & 127) | (uint64_t)age << 7) << 48;
}

static uint64_t deadline_of(const Connection *found) { return (uint64_t)found->deadline << TICK_BITS | (found->bytes >> 48 & 127); }

static void open_connection(uint32_t at, const Packet *packet) {
  const Entry *entries = (const Entry *)sections[ENTRIES];
  uint32_t src = packet->sides, dst = packet->sides >> 32, port = packet->ports >> 16, state = 0;
  const Entry *from = &entries[entry_of(src)], *to = &entries[entry_of(dst)];
  uint32_t answer;
  uint64_t timeout = timeout_of(TIMEOUT_UDP);
  judged[at] = (Judged){NO_OUTCOME, NO_OUTCOME};
  if (src == dst && from->owner) answer = SELF << 2;
  else if (packet->protocol == 17 && port == 4789 && from->owner) answer = 1 | ENCAPSULATED << 2;
  else answer = judge(from, to, (uint32_t)packet->protocol << 16 | port, NO_ENDPOINT, &judged[at].egress, &judged[at].ingress);
  if (packet->protocol == 6) {
    uint32_t segment = segment_of(packet->flags);
    state = state_after(segment, 0, 0);
    if (segment != 0 || state != SYN_SENT) exit(3);
    timeout = timeout_of(TIMEOUT_TCP + state * 4);
  }
  table[at] = (Connection){packet->sides, packet->ports, 0, packet->protocol, state, 0, answer, 0, 0};
  keep(&table[at], packet->now + timeout, 0);
}

/* Source: Linux nf_conntrack_proto_tcp.c, as far as a segment changes no more than state and bits. */
static void hear_tcp(Connection *found, const Packet *packet, int against) {
  uint32_t segment = segment_of(packet->flags), before = found->state & 15, state = state_after(segment, against, before), bits = found->bits;
  if (state == INVALID && before == SYN_SENT) state = state_after(segment, against, ESTABLISHED);
  if (state == INVALID || segment == 4 || before >= TIME_WAIT || (state == IGNORE && segment < 2)) exit(3);
  if (state == IGNORE) {
    found->state = before | (segment | against << 3) << 4;
    found->bits = bits | (against ? REPLIED : 0);
    return;
  }
  uint32_t timeout = timeout_of(TIMEOUT_TCP + state * 4), unanswered = timeout_of(TIMEOUT_UNACKNOWLEDGED);
  int renewed = 1;
  if (state == FIN_WAIT && before != FIN_WAIT) bits |= CLOSING;
  if (!(bits & REPLIED)) {
    if (segment == 0 && before == SYN_SENT) renewed = 0;
    else if (state == ESTABLISHED && unanswered < timeout) timeout = unanswered;
  } else if (state == ESTABLISHED && (before == SYN_RECV || before == ESTABLISHED)) bits |= ASSURED;
  found->state = state | (segment | against << 3) << 4;
  found->bits = bits | (against ? REPLIED : 0);
  if (renewed) keep(found, packet->now + timeout, 0);
}

/* Source: Linux nf_conntrack_proto_udp.c. */
static void hear_udp(Connection *found, const Packet *packet, int against) {
  uint32_t age = found->bytes >> 55;
  if (age <= STREAM_AGE) {
    uint64_t last = deadline_of(found) - timeout_of(TIMEOUT_UDP);
    if (packet->now > last) age = age + (packet->now - last) > AGE_MOST ? AGE_MOST : age + (packet->now - last);
  }
  int is_stream = age > STREAM_AGE && (found->bits & REPLIED);
  found->bits |= (against ? REPLIED : 0) | (is_stream ? ASSURED : 0);
  keep(found, packet->now + timeout_of(is_stream ? TIMEOUT_STREAM : TIMEOUT_UDP), age);
}

static void count(const Packet *packet, uint32_t verdict, uint32_t reason) {
  uint64_t *total = totals + (verdict * REASONS + reason) * 2;
  total[0]++;
  total[1] += packet->bytes;
  if (packet->seconds - first_second >= width) first_second = packet->seconds;
  uint64_t *interval = timeline + first_second % INTERVALS * 8;
  interval[verdict]++;
  interval[4 + verdict] += packet->bytes;
  uint64_t time = (uint64_t)packet->seconds << 32 | packet->nanos;
  trace_packets++;
  trace_bytes += packet->bytes;
  if (time < earliest) earliest = time;
  if (time > latest) latest = time;
}

/* Adds a connection to the counters of the outcomes that it met. */
static void credit(uint64_t at) {
  for (int side = 0; side < 2; side++) {
    uint32_t outcome = side ? judged[at].ingress : judged[at].egress;
    if (outcome == NO_OUTCOME || outcome >= outcomes) continue;
    tally[outcome * 3] += table[at].packets;
    tally[outcome * 3 + 1] += table[at].bytes & BYTES;
    tally[outcome * 3 + 2] += 1;
  }
}

static void track(const Packet *packets, uint32_t rows) {
  for (uint32_t index = 0; index < rows; index++) {
    const Packet *packet = &packets[index];
    uint64_t turned = packet->sides << 32 | packet->sides >> 32;
    uint32_t ports = packet->ports << 16 | packet->ports >> 16, at = packet->hash & mask;
    int against = 0, is_new = 0;
    Connection *found;
    for (;; at = (at + 1) & mask) {
      found = &table[at];
      if (!found->protocol) { open_connection(at, packet); is_new = 1; break; }
      if (found->protocol != packet->protocol) continue;
      if (found->sides == packet->sides && found->ports == packet->ports) break;
      if (found->sides == turned && found->ports == ports) { against = 1; break; }
    }
    if (!is_new && packet->now >= deadline_of(found)) {
      credit(at);
      open_connection(at, packet);
      is_new = 1;
    }
    uint32_t verdict = found->judged & 3, reason = found->judged >> 2;
    if (!is_new) {
      if (packet->protocol == 6) hear_tcp(found, packet, against);
      else hear_udp(found, packet, against);
      reason = verdict == 0 ? LATER : verdict == 1 ? LATER_DENIED : reason;
    }
    if (found->packets == 0x7fffffff || (found->bytes & BYTES) + packet->bytes > BYTES) exit(3);
    found->packets++;
    found->bytes += packet->bytes;
    count(packet, verdict, reason);
  }
}

static uint64_t pass(const char *path) {
  static uint8_t buffer[PIECE * 3];
  static Packet packets[BLOCK];
  int file = open(path, O_RDONLY);
  if (file < 0 || lseek(file, 24, SEEK_SET) < 0) exit(2);
  size_t kept = 0;
  uint64_t all = 0;
  for (;;) {
    ssize_t got = read(file, buffer + kept, PIECE);
    if (got <= 0) break;
    const uint8_t *at = buffer, *end = buffer + kept + got;
    for (uint32_t count = BLOCK; count == BLOCK; all += count) {
      at = decode(at, end, packets, &count);
      track(packets, count);
    }
    kept = end - at;
    memmove(buffer, at, kept);
  }
  close(file);
  return all;
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  open_tables(argv[2]);
  conntrack = read_file(argv[3]);
  if (le32(conntrack + LOOSE) == 0) return 2;
  uint64_t slots = 2;
  while (slots < strtoull(argv[4], 0, 10) * 2) slots *= 2;
  mask = slots - 1;
  outcomes = 1 << 20;
  for (int round = atoi(argv[5]); round > 0; round--) {
    table = calloc(slots, sizeof(Connection));
    judged = calloc(slots, sizeof(Judged));
    totals = calloc(4 * REASONS * 2, 8);
    timeline = calloc(INTERVALS * 8, 8);
    tally = calloc(outcomes * 3, 8);
    if (!table || !judged || !totals || !timeline || !tally || sizeof(Connection) != 32) return 2;
    trace_packets = trace_bytes = latest = first_second = 0;
    earliest = UINT64_MAX;
    struct timespec begin, end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    uint64_t packets = pass(argv[1]);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    for (uint64_t at = 0; at < slots; at++)
      if (table[at].protocol) credit(at);
    if (packets != trace_packets || earliest > latest) return 2;
    printf("%llu %.9f %llu", (unsigned long long)packets, (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9,
           (unsigned long long)trace_bytes);
    for (int pair = 0; pair < 4 * REASONS; pair++)
      if (totals[pair * 2])
        printf(" %d:%d:%llu:%llu", pair / REASONS, pair % REASONS, (unsigned long long)totals[pair * 2], (unsigned long long)totals[pair * 2 + 1]);
    printf("\n");
    free(table); free(judged); free(totals); free(timeline); free(tally);
  }
  return 0;
}
