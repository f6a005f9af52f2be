/* The limit for lookups: the saved tables, the columns that identify and classify read and fill, the checks that set rows apart; on a row
 * that stands apart it gives up. Twice: one packet after the other, and in blocks that prefetch each load a pass ahead.
 * IPv4 alone, no source port tests.
 * Usage: classify TABLES PACKETS VARIANT PASSES. PACKETS: u32 count, then u32 src, dst, protocol << 16 | dport, sport each. VARIANT: scalar or batched.
 * Prints: packets, CPU seconds of all passes, sum of verdicts, reasons, hooks and outcome numbers of one pass. */
#include <time.h>
#include "tables.h"

enum { FACTS = 0, CALL_ROWS = 1024, BLOCK = 64, NONE = 11 << 8 };
#define PAGE 0x80000000

typedef struct { uint32_t words[4]; } Address;
/* Columns, as a batch has them. */
typedef struct {
  uint8_t *family, *protocol, *verdict, *reason, *hook, *extra_count;
  uint16_t *sport, *dport, *flags, *judged_dport;
  uint32_t *src_entry, *dst_entry, *egress, *ingress;
  Address *src, *dst, *judged_dst;
} Batch;


static inline const uint32_t *word_at(int section, uint32_t offset) { return (const uint32_t *)(sections[section] + offset); }

static inline uint32_t group_of(uint32_t protocol) { return sections[FACTS][64 + protocol]; }
static inline uint32_t key_of(uint32_t protocol, uint32_t port) { return group_of(protocol) == 5 ? protocol : port; }

/* Where the trie's slots lie, and its lists. */
static inline const uint32_t *wide(void) { return word_at(TRIE4, 64); }
static inline const uint32_t *list_of(uint32_t value) { return word_at(TRIE4, *word_at(TRIE4, 4)) + (value & 0x3fffffff); }
static inline uint32_t page_slot(uint32_t value, uint32_t byte) { return 65536 + ((value & 0x7fffffff) << 8) + byte; }

static inline uint32_t last_slot(uint32_t value, uint32_t byte) {
  if (value >> 30 != 3) return wide()[page_slot(value, byte)];
  const uint32_t *list = list_of(value);
  uint32_t up_to = (2u << (byte & 31)) - 1;
  return list[10 + ((const uint8_t *)list)[byte >> 5] + __builtin_popcount(list[2 + (byte >> 5)] & up_to) - 1];
}

static inline int is_apart(const Entry *from, const Entry *to, uint32_t flags, uint32_t protocol) {
  return from == to || (flags & (1 | 512 | 1024)) != 1 || ((from->flags & 2) | (to->flags & 3)) ||
         (from->node && from->node == to->owner_node) || (to->node && to->node == from->owner_node) || protocol == 58;
}

static inline uint32_t cell_at(const Program *program, uint32_t identity, uint32_t protocol, uint32_t port) {
  uint32_t flags = program->flags, key = key_of(protocol, port);
  if (flags & 64) exit(4);
  uint32_t row = slot(sections[VIEW_PAGES] + *word_at(VIEWS, program->view + (identity >> 8) * 4), identity & 255, flags & 3);
  uint32_t directory = *word_at(PORT_MAPS, program->ports + group_of(protocol) * 4);
  uint32_t page = *word_at(PORT_MAPS, directory + (key >> 8) * 4);
  uint32_t column = slot(sections[PORT_PAGES] + page, key & 255, (flags >> 2) & 3);
  return slot(sections[CELLS] + program->cells, row * program->columns + column, (flags >> 4) & 3);
}

static inline uint32_t result_of(uint32_t cell, uint32_t hook) { return (cell & 3) | reasons[(cell >> 2) & 15] << 8 | hook << 16; }
static inline uint32_t weight(uint32_t verdict) { return (0 - verdict) & 3; }
static inline uint32_t combine(uint32_t a, uint32_t b) {
  return (a & 255) == 0 || weight(b & 255) > weight(a & 255) ? b : a;
}

/* A hook's cell into the result so far; returns its outcome number. */
static inline uint32_t meet(const Program *program, uint32_t cell, uint32_t hook, uint32_t *found) {
  *found = combine(*found, result_of(cell, hook));
  return (cell & 3) < 2 ? program->outcomes + (cell >> 6) : NO_OUTCOME;
}

static inline void write_row(Batch b, uint32_t at, uint32_t found, uint32_t egress, uint32_t ingress) {
  b.verdict[at] = found;
  b.reason[at] = found >> 8;
  b.hook[at] = found >> 16;
  b.egress[at] = egress;
  b.ingress[at] = ingress;
  b.judged_dst[at] = b.dst[at];
  b.judged_dport[at] = b.dport[at];
  b.extra_count[at] = 0;
}

static void classify_scalar(Batch b, uint32_t first, uint32_t end) {
  const Entry *entries = (const Entry *)sections[ENTRIES];
  const Program *programs = (const Program *)sections[PROGRAMS] - 1;
  int narrow = is_narrow();
  for (uint32_t at = first; at < end; at++) {
    if (b.family[at] == 6) exit(3);
    const Entry *from = &entries[b.src_entry[at] = entry_in(b.src[at].words[0], narrow)];
    const Entry *to = &entries[b.dst_entry[at] = entry_in(b.dst[at].words[0], narrow)];
    uint32_t protocol = b.protocol[at], port = b.dport[at];
    if (is_apart(from, to, b.flags[at], protocol)) exit(3);
    uint32_t found = NONE, egress = NO_OUTCOME, ingress = NO_OUTCOME;
    if (from->egress) {
      const Program *program = &programs[from->egress];
      egress = meet(program, cell_at(program, to->identity, protocol, port), 1, &found);
    }
    if (to->ingress && (found & 255) != 1) {
      const Program *program = &programs[to->ingress];
      ingress = meet(program, cell_at(program, from->identity, protocol, port), 2, &found);
    }
    write_row(b, at, found, egress, ingress);
  }
}

/* What a block of rows knows from pass to pass; [0] egress, [1] ingress. */
typedef struct {
  uint32_t value[BLOCK];
  const Program *program[2][BLOCK];
  uint32_t identity[2][BLOCK];
  const uint8_t *view[2][BLOCK], *port[2][BLOCK];
} Block;

static void identify_block(Block *block, const Address *addresses, uint32_t *out, uint32_t rows, int narrow) {
  const Entry *entries = (const Entry *)sections[ENTRIES];
  uint32_t *value = block->value;
  if (narrow) {
    for (uint32_t i = 0; i < rows; i++) __builtin_prefetch(&entries[out[i] = entry_in(addresses[i].words[0], 1)]);
    return;
  }
  for (uint32_t i = 0; i < rows; i++) __builtin_prefetch(&wide()[addresses[i].words[0] >> 16]);
  for (uint32_t i = 0; i < rows; i++) {
    value[i] = wide()[addresses[i].words[0] >> 16];
    if (value[i] & PAGE) __builtin_prefetch(&wide()[page_slot(value[i], (addresses[i].words[0] >> 8) & 255)]);
  }
  for (uint32_t i = 0; i < rows; i++) {
    if (value[i] & PAGE) value[i] = wide()[page_slot(value[i], (addresses[i].words[0] >> 8) & 255)];
    if (value[i] >> 30 == 3) {
      __builtin_prefetch(list_of(value[i]));
      __builtin_prefetch(list_of(value[i]) + 16);
    } else if (value[i] & PAGE) __builtin_prefetch(&wide()[page_slot(value[i], addresses[i].words[0] & 255)]);
  }
  for (uint32_t i = 0; i < rows; i++) {
    if (value[i] & PAGE) value[i] = last_slot(value[i], addresses[i].words[0] & 255);
    __builtin_prefetch(&entries[out[i] = value[i]]);
  }
}

static void note_block(Block *block, Batch b, uint32_t first, uint32_t rows) {
  const Entry *entries = (const Entry *)sections[ENTRIES];
  const Program *programs = (const Program *)sections[PROGRAMS] - 1;
  for (uint32_t i = 0; i < rows; i++) {
    const Entry *from = &entries[b.src_entry[first + i]], *to = &entries[b.dst_entry[first + i]];
    if (b.family[first + i] == 6 || is_apart(from, to, b.flags[first + i], b.protocol[first + i])) exit(3);
    block->program[0][i] = from->egress ? &programs[from->egress] : NULL;
    block->program[1][i] = to->ingress ? &programs[to->ingress] : NULL;
    block->identity[0][i] = to->identity;
    block->identity[1][i] = from->identity;
    if (from->egress) __builtin_prefetch(&programs[from->egress]);
    if (to->ingress) __builtin_prefetch(&programs[to->ingress]);
  }
}

static void find_block(Block *block, Batch b, uint32_t first, uint32_t rows) {
  for (uint32_t i = 0; i < rows; i++)
    for (int side = 0; side < 2; side++) {
      const Program *program = block->program[side][i];
      if (!program) continue;
      if (program->flags & 64) exit(4);
      block->view[side][i] = sections[VIEWS] + program->view + (block->identity[side][i] >> 8) * 4;
      block->port[side][i] = sections[PORT_MAPS] + program->ports + group_of(b.protocol[first + i]) * 4;
      __builtin_prefetch(block->view[side][i]);
      __builtin_prefetch(block->port[side][i]);
    }
  for (uint32_t i = 0; i < rows; i++)
    for (int side = 0; side < 2; side++) {
      const Program *program = block->program[side][i];
      if (!program) continue;
      uint32_t key = key_of(b.protocol[first + i], b.dport[first + i]);
      uint32_t page = *word_at(PORT_MAPS, *(const uint32_t *)block->port[side][i] + (key >> 8) * 4);
      const uint8_t *own = sections[VIEW_PAGES] + *(const uint32_t *)block->view[side][i];
      block->view[side][i] = own + ((block->identity[side][i] & 255) << (program->flags & 3));
      block->port[side][i] = sections[PORT_PAGES] + page + ((key & 255) << ((program->flags >> 2) & 3));
      __builtin_prefetch(block->view[side][i]);
      __builtin_prefetch(block->port[side][i]);
    }
  for (uint32_t i = 0; i < rows; i++)
    for (int side = 0; side < 2; side++) {
      const Program *program = block->program[side][i];
      if (!program) continue;
      uint32_t row = slot(block->view[side][i], 0, program->flags & 3);
      uint32_t index = row * program->columns + slot(block->port[side][i], 0, (program->flags >> 2) & 3);
      block->view[side][i] = sections[CELLS] + program->cells + (index << ((program->flags >> 4) & 3));
      __builtin_prefetch(block->view[side][i]);
    }
}

static void classify_batched(Batch b, uint32_t first, uint32_t end) {
  static Block block;
  int narrow = is_narrow();
  for (; first < end; first += BLOCK) {
    uint32_t rows = end - first < BLOCK ? end - first : BLOCK;
    identify_block(&block, b.src + first, b.src_entry + first, rows, narrow);
    identify_block(&block, b.dst + first, b.dst_entry + first, rows, narrow);
    note_block(&block, b, first, rows);
    find_block(&block, b, first, rows);
    for (uint32_t i = 0; i < rows; i++) {
      const Program *out = block.program[0][i], *in = block.program[1][i];
      uint32_t found = NONE, egress = NO_OUTCOME, ingress = NO_OUTCOME;
      if (out) egress = meet(out, slot(block.view[0][i], 0, (out->flags >> 4) & 3), 1, &found);
      if (in && (found & 255) != 1) ingress = meet(in, slot(block.view[1][i], 0, (in->flags >> 4) & 3), 2, &found);
      write_row(b, first + i, found, egress, ingress);
    }
  }
}

#define COLUMN(name) b.name = aligned_alloc(64, (rows * sizeof(*b.name) + 63) / 64 * 64)

static Batch create_batch(const uint32_t *packets, uint32_t rows) {
  Batch b;
  COLUMN(family), COLUMN(protocol), COLUMN(verdict), COLUMN(reason), COLUMN(hook), COLUMN(extra_count);
  COLUMN(sport), COLUMN(dport), COLUMN(flags), COLUMN(judged_dport);
  COLUMN(src_entry), COLUMN(dst_entry), COLUMN(egress), COLUMN(ingress), COLUMN(src), COLUMN(dst), COLUMN(judged_dst);
  for (uint32_t row = 0; row < rows; row++) {
    const uint32_t *packet = packets + row * 4;
    b.family[row] = 4;
    b.src[row] = (Address){{packet[0]}};
    b.dst[row] = (Address){{packet[1]}};
    b.protocol[row] = packet[2] >> 16;
    b.dport[row] = packet[2];
    b.sport[row] = packet[3];
    b.flags[row] = 1;
  }
  return b;
}

static void pass(Batch b, uint32_t rows, int batched) {
  for (uint32_t first = 0; first < rows; first += CALL_ROWS) {
    uint32_t end = first + CALL_ROWS < rows ? first + CALL_ROWS : rows;
    if (batched) classify_batched(b, first, end);
    else classify_scalar(b, first, end);
  }
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  open_tables(argv[1]);
  const uint32_t *packets = read_file(argv[2]);
  uint32_t rows = packets[0];
  Batch b = create_batch(packets + 1, rows);
  int batched = strcmp(argv[3], "batched") == 0;
  pass(b, rows, batched);
  struct timespec begin, end;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
  for (int left = atoi(argv[4]); left > 0; left--) pass(b, rows, batched);
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
  uint64_t sum = 0;
  for (uint32_t row = 0; row < rows; row++) sum += (uint64_t)b.verdict[row] + b.reason[row] + b.hook[row] + b.egress[row] + b.ingress[row];
  printf("%u %.9f %llu\n", rows, (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9, (unsigned long long)sum);
  return 0;
}
