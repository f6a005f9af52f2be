/* The saved tables as the C programs read them: the chain of loads of identify and classify, for IPv4 packets between endpoints and the
 * outside: no services, no node addresses, no source port tests. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIE4 = 1, ENTRIES = 3, PROGRAMS = 4, VIEWS = 5, VIEW_PAGES = 6, PORT_MAPS = 7, PORT_PAGES = 8, CELLS = 9 };

typedef struct { uint32_t identity, owner, owner_node, node, flags, egress, ingress, first_virtual; } Entry;
typedef struct { uint32_t view, ports, cells, columns, flags, outcomes, source_ports, source_classes; } Program;

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

static inline int is_narrow(void) { return *(const uint32_t *)sections[TRIE4] == 1; }

static inline uint32_t entry_in(uint32_t address, int narrow) {
  const uint8_t *trie = sections[TRIE4];
  if (narrow) {
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

static inline uint32_t entry_of(uint32_t address) { return entry_in(address, is_narrow()); }

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

/* Leads `sections` to those of a file of saved tables. */
static void open_tables(const char *path) {
  const uint8_t *tables = read_file(path);
  const uint32_t *words = (const uint32_t *)tables;
  for (uint32_t section = 0; section < words[3] && section < 16; section++) sections[section] = tables + words[4 + 2 * section];
}

#define NO_OUTCOME 0xffffffffu

/* REASON_ codes of the reasons of cells. */
static const uint8_t reasons[16] = {0, 1, 2, 3, 18, 4, 15, 22, 0, 1};

/* Verdict and above its two bits reason of a first packet, `otherwise` where it meets no program, and the outcome of each that it met.
 * `key`: protocol << 16 | destination port. */
static inline uint32_t judge(const Entry *from, const Entry *to, uint32_t key, uint32_t otherwise, uint32_t *egress, uint32_t *ingress) {
  const Program *programs = (const Program *)sections[PROGRAMS] - 1;
  uint32_t verdict = 0, reason = otherwise;
  *egress = *ingress = NO_OUTCOME;
  if (from->egress) {
    uint32_t cell = cell_of(&programs[from->egress], to->identity, key);
    verdict = cell & 3;
    reason = reasons[cell >> 2 & 15];
    *egress = programs[from->egress].outcomes + (cell >> 6);
  }
  if (to->ingress && verdict != 1) {
    uint32_t cell = cell_of(&programs[to->ingress], from->identity, key);
    verdict = cell & 3;
    reason = reasons[cell >> 2 & 15];
    *ingress = programs[to->ingress].outcomes + (cell >> 6);
  }
  return verdict | reason << 2;
}
