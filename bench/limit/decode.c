/* The limit for reading: classic pcap, 256 KB reads, Ethernet and IPv4 headers into columns.
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

static uint32_t seconds[ROWS], micros[ROWS], src[ROWS], dst[ROWS], record[ROWS];
static uint16_t sport[ROWS], dport[ROWS], flags[ROWS], tcp_flags[ROWS];
static uint8_t family[ROWS], protocol[ROWS], skip[ROWS];
static double packets[ROWS], bytes[ROWS];

static uint32_t le32(const uint8_t *at) { uint32_t v; memcpy(&v, at, 4); return v; }
static uint32_t be32(const uint8_t *at) { return __builtin_bswap32(le32(at)); }
static uint16_t be16(const uint8_t *at) { uint16_t v; memcpy(&v, at, 2); return __builtin_bswap16(v); }

/* Fills columns from whole records of [at, end); returns the first byte not used. */
static const uint8_t *decode(const uint8_t *at, const uint8_t *end, uint32_t *rows, uint32_t base) {
  uint32_t row = 0;
  while (at + 16 <= end && row < ROWS) {
    uint32_t captured = le32(at + 8);
    if (at + 16 + captured > end) break;
    seconds[row] = le32(at);
    micros[row] = le32(at + 4);
    record[row] = base + row;
    bytes[row] = le32(at + 12);
    packets[row] = 1;
    family[row] = 0;
    skip[row] = 1;
    const uint8_t *frame = at + 16;
    if (captured >= 34 && be16(frame + 12) == 0x0800 && (frame[14] >> 4) == 4) {
      const uint8_t *ip = frame + 14;
      uint32_t header = (ip[0] & 15) * 4;
      uint32_t length = be16(ip + 2);
      uint32_t room = captured - 14 < length ? captured - 14 : length;
      family[row] = 4;
      skip[row] = 0;
      protocol[row] = ip[9];
      src[row] = be32(ip + 12);
      dst[row] = be32(ip + 16);
      flags[row] = 0;
      if ((ip[9] == 6 || ip[9] == 17) && room >= header + 4 && (be16(ip + 6) & 0x1fff) == 0) {
        sport[row] = be16(ip + header);
        dport[row] = be16(ip + header + 2);
        flags[row] = 1;
        tcp_flags[row] = ip[9] == 6 && room >= header + 14 ? be16(ip + header + 12) & 0xfff : 0;
      }
    }
    at += 16 + captured;
    row++;
  }
  *rows = row;
  return at;
}

static uint64_t pass(const char *path, uint64_t *sum) {
  static uint8_t buffer[PIECE * 3];
  int file = open(path, O_RDONLY);
  if (file < 0 || lseek(file, 24, SEEK_SET) < 0) exit(2);
  size_t kept = 0;
  uint64_t count = 0;
  for (;;) {
    ssize_t got = read(file, buffer + kept, PIECE);
    if (got <= 0) break;
    const uint8_t *at = buffer, *end = buffer + kept + got;
    for (;;) {
      uint32_t rows;
      at = decode(at, end, &rows, (uint32_t)count);
      for (uint32_t row = 0; row < rows; row += 64) *sum += src[row] + dport[row];
      count += rows;
      if (rows < ROWS) break;
    }
    kept = end - at;
    memmove(buffer, at, kept);
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
