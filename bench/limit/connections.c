/* The limit for tracking: rows in columns, addresses of 16 bytes, an open-addressing table of 64-byte rows that is at most half full, one
 * packet after the other, no prefetch. The same work on each: key, hash, lookup in both directions, expiry, TCP's state, deadline, counters,
 * verdict, totals, timeline; first packets are gathered in columns, for policy, and how they were judged is kept with their connection.
 * Usage: connections FLOWS LOOKUPS SEED. Prints CPU nanoseconds of a first and of a later packet. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 8192, CALL = 1024, BATCHES = 64, TICKS = 128, ESTABLISHED_SECONDS = 432000, SYN_SENT_SECONDS = 120, SYN_RECV_SECONDS = 60 };
enum { SYN_SENT = 1, SYN_RECV = 2, ESTABLISHED = 3, REPLIED = 8, ASSURED = 16, PORTS = 1, TCP_FLAGS_KNOWN = 128 };

typedef struct { uint64_t high, low; } Address;
typedef struct {
  Address src, dst;
  uint32_t hash;
  uint16_t sport, dport;
  uint8_t protocol, family, state, bits, verdict, reason;
  uint16_t ticks;
  uint32_t deadline, packets;
  double bytes;
} Connection;
typedef struct {
  uint32_t seconds[ROWS], nanos[ROWS];
  uint8_t family[ROWS], skip[ROWS], protocol[ROWS], verdict[ROWS], reason[ROWS];
  uint16_t tcp_flags[ROWS], sport[ROWS], dport[ROWS], flags[ROWS], shard[ROWS];
  Address src[ROWS], dst[ROWS];
  double packets[ROWS], bytes[ROWS];
} Batch;

typedef struct { uint32_t egress, ingress; Address judged_dst; uint16_t judged_dport, path; uint8_t hook, pending; } Judged;
typedef struct {
  uint32_t entry[CALL], owner[CALL], egress[CALL], ingress[CALL];
  uint8_t family[CALL], protocol[CALL], verdict[CALL], reason[CALL], hook[CALL];
  uint16_t tcp_flags[CALL], sport[CALL], dport[CALL], flags[CALL], shard[CALL], judged_dport[CALL];
  Address src[CALL], dst[CALL], judged_dst[CALL];
  double packets[CALL], bytes[CALL];
} Firsts;

static Connection *table;
static Judged *judged;
static Firsts firsts;
static uint32_t gathered, links[CALL];
static uint32_t mask, seed;
static Batch *batches;
static double totals[5 * 32 * 4], timeline[256 * 16];
static uint32_t timeline_second = 1700000000, timeline_width = 64;

static uint64_t rotl(uint64_t value, int by) { return value << by | value >> (64 - by); }

static uint64_t side(const Address *at, uint32_t port) {
  uint64_t mixed = (at->high ^ rotl(at->low * 0xc2b2ae3d27d4eb4full, 29)) + (port + 1ull) * 0xc2b2ae3d27d4eb4full;
  mixed *= 0x9e3779b97f4a7c15ull;
  return mixed ^ mixed >> 32;
}

static uint32_t hash_of(const Address *src, const Address *dst, uint32_t sport, uint32_t dport, uint32_t protocol) {
  uint64_t mixed = side(src, sport) + side(dst, dport) + protocol * 0x9e3779b97f4a7c15ull;
  mixed = (mixed ^ mixed >> 29) * 0xff51afd7ed558ccdull;
  return (uint32_t)(mixed >> 32);
}

static int same(const Address *a, const Address *b) { return a->high == b->high && a->low == b->low; }

static void fill(Batch *batch, uint64_t first, uint32_t flows, uint32_t tcp_flags, int reply, int drawn, uint64_t *now) {
  for (uint32_t row = 0; row < ROWS; row++) {
    uint32_t flow = first + row;
    if (drawn) { seed = seed * 1664525 + 1013904223; flow = (uint64_t)seed * flows >> 32; }
    uint32_t mixed = flow * 0x9e3779b1u, server = ((flow ^ flow >> 15) * 0x85ebca6bu) >> 16;
    Address client = {0x0a000000u + (mixed & 0xffffff), 0}, host = {0x0b000000u + server, 0};
    uint16_t port = 1024 + (mixed >> 24);
    batch->seconds[row] = 1700000000 + *now / 1000000;
    batch->nanos[row] = *now % 1000000 * 1000;
    batch->family[row] = 4;
    batch->skip[row] = 0;
    batch->protocol[row] = 6;
    batch->src[row] = reply ? host : client;
    batch->dst[row] = reply ? client : host;
    batch->sport[row] = reply ? 8080 : port;
    batch->dport[row] = reply ? port : 8080;
    batch->tcp_flags[row] = tcp_flags;
    batch->flags[row] = PORTS | TCP_FLAGS_KNOWN;
    batch->packets[row] = 1;
    batch->bytes[row] = 100;
    ++*now;
  }
}

static void follow(Connection *found, uint32_t tcp_flags, int against, uint64_t now) {
  uint32_t state = found->state & 15, seconds = ESTABLISHED_SECONDS;
  if (tcp_flags == 18 && against && state == SYN_SENT) { state = SYN_RECV; seconds = SYN_RECV_SECONDS; }
  else if (tcp_flags == 16 && state >= SYN_RECV) {
    if (found->bits & REPLIED) found->bits |= ASSURED;
    state = ESTABLISHED;
  }
  if (against) found->bits |= REPLIED;
  found->state = state | (tcp_flags == 18 ? 1 : 2) << 4 | against << 7;
  uint64_t deadline = now + seconds * (uint64_t)TICKS;
  found->deadline = deadline >> 7;
  found->ticks = deadline & 127;
}

/* Gathers a first packet; returns where. */
static uint32_t gather(const Batch *batch, uint32_t row, uint32_t entry) {
  uint32_t first = gathered++;
  firsts.entry[first] = entry;
  firsts.owner[first] = 0;
  firsts.family[first] = batch->family[row];
  firsts.protocol[first] = batch->protocol[row];
  firsts.src[first] = batch->src[row];
  firsts.dst[first] = batch->dst[row];
  firsts.sport[first] = batch->sport[row];
  firsts.dport[first] = batch->dport[row];
  firsts.flags[first] = batch->flags[row];
  firsts.tcp_flags[first] = batch->tcp_flags[row];
  firsts.shard[first] = batch->shard[row];
  firsts.packets[first] = batch->packets[row];
  firsts.bytes[first] = batch->bytes[row];
  return first;
}

__attribute__((noinline)) static void track(Batch *batch, uint32_t begin) {
  gathered = 0;
  for (uint32_t row = begin; row < begin + CALL; row++) {
    links[row - begin] = 0;
    if (batch->skip[row]) continue;
    const Address *src = &batch->src[row], *dst = &batch->dst[row];
    uint16_t sport = batch->sport[row], dport = batch->dport[row];
    uint8_t protocol = batch->protocol[row], family = batch->family[row];
    uint64_t now = ((uint64_t)batch->seconds[row] << 7) + batch->nanos[row] / 7812500;
    uint32_t hash = hash_of(src, dst, sport, dport, protocol) | 1, at = hash >> 1 & mask;
    int against = 0;
    Connection *found;
    for (;; at = (at + 1) & mask) {
      found = &table[at];
      if (!found->hash) break;
      if (found->hash != hash || found->protocol != protocol || found->family != family) continue;
      if (found->sport == sport && found->dport == dport && same(&found->src, src) && same(&found->dst, dst)) break;
      if (found->sport == dport && found->dport == sport && same(&found->src, dst) && same(&found->dst, src)) { against = 1; break; }
    }
    uint64_t deadline = (uint64_t)found->deadline << 7 | (found->ticks & 127);
    if (!found->hash || now >= deadline) {
      deadline = now + SYN_SENT_SECONDS * (uint64_t)TICKS;
      *found = (Connection){*src, *dst, hash, sport, dport, protocol, family, SYN_SENT, 0, 0, 0, deadline & 127, deadline >> 7, 1, batch->bytes[row]};
      links[row - begin] = gather(batch, row, at) + 1;
    } else {
      follow(found, batch->tcp_flags[row], against, now);
      found->packets += (uint32_t)batch->packets[row];
      found->bytes += batch->bytes[row];
    }
    batch->verdict[row] = found->verdict;
    batch->reason[row] = found->reason;
  }
}

__attribute__((noinline)) static void settle(Batch *batch, uint32_t begin) {
  for (uint32_t first = 0; first < gathered; first++) {
    uint32_t at = firsts.entry[first];
    table[at].verdict = firsts.verdict[first];
    table[at].reason = firsts.reason[first];
    judged[at] = (Judged){firsts.egress[first], firsts.ingress[first], firsts.judged_dst[first], firsts.judged_dport[first], 0, firsts.hook[first], 0};
  }
  for (uint32_t row = begin; row < begin + CALL; row++) {
    uint32_t link = links[row - begin];
    if (link) {
      batch->verdict[row] = firsts.verdict[link - 1];
      batch->reason[row] = firsts.reason[link - 1];
    }
    uint32_t verdict = batch->verdict[row];
    double *total = totals + (verdict * 32 + batch->reason[row]) * 4;
    total[0] += batch->packets[row];
    total[1] += batch->bytes[row];
    double *interval = timeline + ((batch->seconds[row] - timeline_second) / timeline_width & 255) * 16 + verdict * 2;
    interval[0] += batch->packets[row];
    interval[1] += batch->bytes[row];
  }
}

static double pass(uint64_t count, uint32_t flows, uint32_t tcp_flags, int reply, int drawn, uint64_t *now) {
  double nanos = 0;
  for (uint64_t done = 0; done < count;) {
    uint64_t filled = (count - done) / ROWS;
    if (filled > BATCHES) filled = BATCHES;
    for (uint64_t index = 0; index < filled; index++) fill(&batches[index], done + index * ROWS, flows, tcp_flags, reply, drawn, now);
    struct timespec begin, end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    for (uint64_t index = 0; index < filled; index++) {
      for (uint32_t row = 0; row < ROWS; row += CALL) {
        track(&batches[index], row);
        settle(&batches[index], row);
      }
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    nanos += (end.tv_sec - begin.tv_sec) * 1e9 + (end.tv_nsec - begin.tv_nsec);
    done += filled * ROWS;
  }
  return nanos / count;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  uint64_t flows = strtoull(argv[1], 0, 10), lookups = strtoull(argv[2], 0, 10), now = 0, slots = 2;
  seed = 12345 + atoi(argv[3]);
  while (slots < flows * 2) slots *= 2;
  mask = slots - 1;
  table = calloc(slots, sizeof(Connection));
  judged = calloc(slots, sizeof(Judged));
  batches = calloc(BATCHES, sizeof(Batch));
  if (!table || !judged || !batches || sizeof(Connection) != 64) return 2;
  double insert = pass(flows, flows, 2, 0, 0, &now);
  pass(flows, flows, 18, 1, 0, &now);
  pass(flows, flows, 16, 0, 0, &now);
  double lookup = pass(lookups, flows, 16, 0, 1, &now);
  printf("%.3f %.3f %.0f\n", insert, lookup, totals[0] + totals[1]);
  return 0;
}
