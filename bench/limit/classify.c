/* The limit for lookups: the saved tables, the same chain of loads as identify and classify, one packet after the other.
 * IPv4 packets between endpoints and the outside only: no services, no node addresses, no source port tests.
 * Usage: classify TABLES PACKETS ROUNDS PASSES. PACKETS: u32 count, then u32 src, u32 dst, u32 protocol << 16 | dport each.
 * Prints a line a round: packets, CPU seconds, sum of verdicts and outcome numbers of one pass. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRIE4 = 1, ENTRIES = 3, PROGRAMS = 4, VIEWS = 5, VIEW_PAGES = 6, PORT_MAPS = 7, PORT_PAGES = 8, CELLS = 9 };

typedef struct { uint32_t identity, owner, owner_node, node, flags, egress, ingress, first_virtual; } Entry;
typedef struct { uint32_t view, ports, cells, columns, flags, outcomes, source_ports, source_classes; } Program;
typedef struct { uint32_t src, dst, key; } Packet;

static const uint8_t *sections[16];

static void *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) exit(2);
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  void *bytes = aligned_alloc(64, (size + 63) / 64 * 64);
  if (!bytes || fread(bytes, 1, size, file) != (size_t)size) exit(2);
  fclose(file);
  return bytes;
}

static inline uint32_t slot(const uint8_t *at, uint32_t index, uint32_t width) {
  if (width == 0) return at[index];
  if (width == 1) return ((const uint16_t *)at)[index];
  return ((const uint32_t *)at)[index];
}

static inline uint32_t entry_of(uint32_t address) {
  const uint8_t *trie = sections[TRIE4];
  if (*(const uint32_t *)trie == 1) {
    const uint16_t *slots = (const uint16_t *)(trie + 64);
    uint32_t value = slots[address >> 16];
    if (value & 0x8000) value = slots[65536 + ((value & 0x7fff) << 8) + ((address >> 8) & 255)];
    if (value & 0x8000) value = slots[65536 + ((value & 0x7fff) << 8) + (address & 255)];
    return value;
  }
  const uint32_t *slots = (const uint32_t *)(trie + 64);
  uint32_t value = slots[address >> 16];
  if (value >> 31) value = slots[65536 + ((value & 0x7fffffff) << 8) + ((address >> 8) & 255)];
  if (value >> 30 == 3) {
    const uint32_t *list = (const uint32_t *)(trie + ((const uint32_t *)trie)[1]) + (value & 0x3fffffff);
    uint32_t byte = address & 255, upto = (2u << (byte & 31)) - 1;
    return list[10 + ((const uint8_t *)list)[byte >> 5] + __builtin_popcount(list[2 + (byte >> 5)] & upto) - 1];
  }
  if (value >> 31) value = slots[65536 + ((value & 0x7fffffff) << 8) + (address & 255)];
  return value;
}

static inline uint32_t cell_of(const Program *program, uint32_t identity, uint32_t key) {
  uint32_t protocol = key >> 16, port = key & 0xffff, flags = program->flags;
  uint32_t group = protocol == 6 ? 0 : protocol == 17 ? 1 : 2;
  uint32_t page = *(const uint32_t *)(sections[VIEWS] + program->view + (identity >> 8) * 4);
  uint32_t row = slot(sections[VIEW_PAGES] + page, identity & 255, flags & 3);
  uint32_t directory = *(const uint32_t *)(sections[PORT_MAPS] + program->ports + group * 4);
  uint32_t port_page = *(const uint32_t *)(sections[PORT_MAPS] + directory + (port >> 8) * 4);
  uint32_t column = slot(sections[PORT_PAGES] + port_page, port & 255, (flags >> 2) & 3);
  return slot(sections[CELLS] + program->cells, row * program->columns + column, (flags >> 4) & 3);
}

static uint64_t classify(const Packet *packets, uint32_t count, uint8_t *verdicts, uint32_t *egress, uint32_t *ingress) {
  const Entry *entries = (const Entry *)sections[ENTRIES];
  const Program *programs = (const Program *)sections[PROGRAMS] - 1;
  uint64_t sum = 0;
  for (uint32_t at = 0; at < count; at++) {
    const Entry *from = &entries[entry_of(packets[at].src)], *to = &entries[entry_of(packets[at].dst)];
    uint32_t key = packets[at].key, verdict = 0;
    egress[at] = ingress[at] = 0xffffffff;
    if (from->egress) {
      uint32_t cell = cell_of(&programs[from->egress], to->identity, key);
      verdict = cell & 3;
      egress[at] = programs[from->egress].outcomes + (cell >> 6);
    }
    if (to->ingress && verdict != 1) {
      uint32_t cell = cell_of(&programs[to->ingress], from->identity, key);
      verdict = cell & 3;
      ingress[at] = programs[to->ingress].outcomes + (cell >> 6);
    }
    verdicts[at] = verdict;
    sum += (uint64_t)verdict + egress[at] + ingress[at];
  }
  return sum;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  const uint8_t *tables = read_file(argv[1]);
  const uint32_t *words = (const uint32_t *)tables;
  for (uint32_t section = 0; section < words[3] && section < 16; section++) sections[section] = tables + words[4 + 2 * section];
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
