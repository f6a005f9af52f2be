/* The limit for reading: classic pcap, pieces of 256 KB read as the kernels' bench reads them, the common frame (Ethernet, IPv4 without
 * options, TCP or UDP) into the columns that decode fills, with the checks that tell it from all others; on any other it gives up.
 * Prints: packets, CPU seconds, a checksum of the columns. Usage: decode FILE ROUNDS */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PIECE (256 * 1024)
#define ROWS 16384
#define LARGEST 262144

typedef struct { uint32_t words[4]; } Address;

static uint32_t seconds[ROWS], nanos[ROWS], fragment_id[ROWS];
static uint16_t sport[ROWS], dport[ROWS], flags[ROWS], tcp_flags[ROWS], fragment_offset[ROWS];
static uint8_t family[ROWS], protocol[ROWS], skip[ROWS];
static Address src[ROWS], dst[ROWS];
static double packets[ROWS], bytes[ROWS];

static uint32_t le32(const uint8_t *at) { uint32_t v; memcpy(&v, at, 4); return v; }
static uint32_t be32(const uint8_t *at) { return __builtin_bswap32(le32(at)); }
static uint16_t le16(const uint8_t *at) { uint16_t v; memcpy(&v, at, 2); return v; }
static uint16_t be16(const uint8_t *at) { return __builtin_bswap16(le16(at)); }

static int is_tunnel_port(uint32_t port) { return port == 4789 || port == 8472 || port == 6081; }

/* Fills columns from whole records of [at, end); returns the first byte not used. */
static const uint8_t *decode(const uint8_t *at, const uint8_t *end, uint32_t *rows) {
  uint32_t row = 0;
  while (end - at >= 16 && row < ROWS) {
    uint32_t fraction = le32(at + 4), captured = le32(at + 8), original = le32(at + 12);
    if (captured > LARGEST) exit(3);
    if (captured > (size_t)(end - at) - 16) break;
    const uint8_t *ip = at + 30;
    if (captured < 38 || captured > original || fraction > 0xffffffff / 1000) exit(3);
    if (le16(ip - 2) != 0x0008 || ip[0] != 0x45 || (le16(ip + 6) & 0xff3f) != 0) exit(3);
    uint32_t total = be16(ip + 2), available = captured - 14, port = be16(ip + 22);
    int is_tcp = ip[9] == 6;
    uint32_t needed = is_tcp ? 34 : 24;
    if (!(is_tcp || (ip[9] == 17 && !is_tunnel_port(port))) || total < needed || available < needed) exit(3);
    seconds[row] = le32(at);
    nanos[row] = fraction * 1000;
    packets[row] = 1;
    bytes[row] = original;
    family[row] = 4;
    skip[row] = 0;
    protocol[row] = ip[9];
    tcp_flags[row] = is_tcp ? be16(ip + 32) & 0xfff : 0;
    src[row] = (Address){{be32(ip + 12)}};
    dst[row] = (Address){{be32(ip + 16)}};
    sport[row] = be16(ip + 20);
    dport[row] = port;
    flags[row] = (captured < original || total > available ? 8 : 0) | 1 | (is_tcp ? 128 : 0);
    fragment_id[row] = 0;
    fragment_offset[row] = 0;
    at += 16 + captured;
    row++;
  }
  *rows = row;
  return at;
}

static uint64_t pass(const char *path, uint64_t *sum) {
  static uint8_t buffer[PIECE];
  int file = open(path, O_RDONLY);
  if (file < 0) exit(2);
  off_t position = 24;
  uint64_t count = 0;
  for (;;) {
    ssize_t got = pread(file, buffer, PIECE, position);
    if (got <= 0) break;
    uint32_t rows;
    position += decode(buffer, buffer + got, &rows) - buffer;
    if (rows == 0) break;
    for (uint32_t row = 0; row < rows; row += 64) *sum += src[row].words[0] + dport[row];
    count += rows;
  }
  close(file);
  return count;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  for (int round = atoi(argv[2]); round > 0; round--) {
    struct timespec begin, end;
    uint64_t sum = 0;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    uint64_t count = pass(argv[1], &sum);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    printf("%llu %.6f %llu\n", (unsigned long long)count,
           (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9, (unsigned long long)sum);
  }
  return 0;
}
