/* The limit for the whole path: classic pcap in 256 KB reads, Ethernet and IPv4 headers, connections in a table of 32-byte rows that is at
 * most half full, the saved tables for first packets, counters. In blocks: what a block's packets will load is prefetched while they are
 * decoded. Only what these captures hold: TCP and UDP over IPv4, no services, nothing that ends before the capture does.
 * Usage: path FILE TABLES CONNECTIONS ROUNDS. Prints a line a round: packets, CPU seconds, packets allowed, packets denied, connections. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <time.h>
#include <unistd.h>
#include "tables.h"

enum { PIECE = 256 * 1024, BLOCK = 512, INTERVALS = 256 };
enum { SYN_SENT = 1, SYN_RECV = 2, ESTABLISHED = 3, REPLIED = 8, ASSURED = 16 };

typedef struct {
  uint64_t sides;
  uint32_t ports, deadline;
  uint8_t protocol, state, bits, verdict;
  uint32_t packets;
  uint64_t bytes;
} Connection;
typedef struct { uint32_t egress, ingress; } Judged;
typedef struct { uint64_t sides; uint32_t ports, hash, ticks, seconds, bytes; uint8_t protocol, flags; } Packet;

static Connection *table;
static Judged *judged;
static uint32_t mask, connections, first_second, outcomes;
static uint64_t *totals, *timeline;
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

/* Decodes up to BLOCK packets of [at, end) and prefetches their rows; returns the first byte not used. */
static const uint8_t *decode(const uint8_t *at, const uint8_t *end, Packet *packets, uint32_t *count) {
  uint32_t filled = 0;
  while (at + 16 <= end && filled < BLOCK) {
    uint32_t captured = le32(at + 8);
    if (at + 16 + captured > end) break;
    const uint8_t *frame = at + 16, *ip = frame + 14;
    if (captured >= 34 && be16(frame + 12) == 0x0800 && ip[0] >> 4 == 4 && (be16(ip + 6) & 0x1fff) == 0 && (ip[9] == 6 || ip[9] == 17)) {
      Packet *packet = &packets[filled++];
      const uint8_t *transport = ip + (ip[0] & 15) * 4;
      uint32_t length = be16(ip + 2), room = captured - 14 < length ? captured - 14 : length;
      if (ip + room < transport + (ip[9] == 6 ? 14 : 8)) exit(3);
      packet->sides = be32(ip + 12) | (uint64_t)be32(ip + 16) << 32;
      packet->ports = be16(transport) | (uint32_t)be16(transport + 2) << 16;
      packet->protocol = ip[9];
      packet->flags = ip[9] == 6 ? transport[13] : 0;
      packet->seconds = le32(at);
      packet->ticks = le32(at + 4) * 128ull / 1000000;
      packet->bytes = le32(at + 12);
      packet->hash = hash_of(packet->sides, packet->ports, packet->protocol);
      __builtin_prefetch(&table[packet->hash & mask], 1);
    }
    at += 16 + captured;
  }
  *count = filled;
  return at;
}

static void open_connection(uint32_t at, const Packet *packet) {
  const Entry *entries = (const Entry *)sections[ENTRIES];
  uint32_t src = packet->sides, dst = packet->sides >> 32, port = packet->ports >> 16;
  const Entry *from = &entries[entry_of(src)], *to = &entries[entry_of(dst)];
  uint32_t verdict = 0;
  judged[at] = (Judged){NO_OUTCOME, NO_OUTCOME};
  if (src == dst && from->owner) verdict = 0;
  else if (packet->protocol == 17 && port == 4789 && from->owner) verdict = 1;
  else verdict = judge(from, to, (uint32_t)packet->protocol << 16 | port, &judged[at].egress, &judged[at].ingress);
  table[at] = (Connection){packet->sides, packet->ports, 0, packet->protocol, SYN_SENT, 0, verdict, 0, 0};
  connections++;
}

static void hear(Connection *found, const Packet *packet, int against) {
  uint32_t seconds = 30;
  if (packet->protocol == 6) {
    uint32_t state = found->state & 15;
    if (state == ESTABLISHED || packet->flags & 16) {
      if (found->bits & REPLIED) found->bits |= ASSURED;
      state = ESTABLISHED;
    }
    found->state = state | (packet->flags & 2 ? 1 : 2) << 4 | against << 7;
    seconds = state == ESTABLISHED ? 432000 : 120;
  }
  if (against) found->bits |= REPLIED;
  found->deadline = packet->seconds + seconds;
}

static void track(const Packet *packets, uint32_t count) {
  for (uint32_t index = 0; index < count; index++) {
    const Packet *packet = &packets[index];
    uint64_t turned = packet->sides << 32 | packet->sides >> 32;
    uint32_t ports = packet->ports << 16 | packet->ports >> 16, at = packet->hash & mask;
    int against = 0;
    Connection *found;
    for (;; at = (at + 1) & mask) {
      found = &table[at];
      if (!found->protocol) { open_connection(at, packet); break; }
      if (found->protocol != packet->protocol) continue;
      if (found->sides == packet->sides && found->ports == packet->ports) break;
      if (found->sides == turned && found->ports == ports) { against = 1; break; }
    }
    hear(found, packet, against);
    found->packets++;
    found->bytes += packet->bytes;
    uint64_t *total = totals + found->verdict * 2;
    total[0]++;
    total[1] += packet->bytes;
    if (!first_second) first_second = packet->seconds;
    uint64_t *interval = timeline + (packet->seconds - first_second) % INTERVALS * 8 + found->verdict * 2;
    interval[0]++;
    interval[1] += packet->bytes;
  }
}

/* Adds connections to the counters of the outcomes that they met. */
static void credit(void) {
  for (uint64_t at = 0; at <= mask; at++) {
    if (!table[at].protocol) continue;
    for (int side = 0; side < 2; side++) {
      uint32_t outcome = side ? judged[at].ingress : judged[at].egress;
      if (outcome == NO_OUTCOME || outcome >= outcomes) continue;
      tally[outcome * 3] += table[at].packets;
      tally[outcome * 3 + 1] += table[at].bytes;
      tally[outcome * 3 + 2] += 1;
    }
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
  credit();
  return all;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  open_tables(argv[2]);
  uint64_t slots = 2;
  while (slots < strtoull(argv[3], 0, 10) * 2) slots *= 2;
  mask = slots - 1;
  outcomes = 1 << 20;
  for (int round = atoi(argv[4]); round > 0; round--) {
    table = calloc(slots, sizeof(Connection));
    judged = calloc(slots, sizeof(Judged));
    totals = calloc(8, 8);
    timeline = calloc(INTERVALS * 8, 8);
    tally = calloc(outcomes * 3, 8);
    if (!table || !judged || !totals || !timeline || !tally || sizeof(Connection) != 32) return 2;
    connections = first_second = 0;
    struct timespec begin, end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    uint64_t count = pass(argv[1]);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    printf("%llu %.9f %llu %llu %u\n", (unsigned long long)count, (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9,
           (unsigned long long)totals[0], (unsigned long long)totals[2], connections);
    free(table); free(judged); free(totals); free(timeline); free(tally);
  }
  return 0;
}
