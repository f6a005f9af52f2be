/* Runs a program inside the kernel and times it: bpf(2) with BPF_PROG_TEST_RUN, no library.
 * Usage: bpf IMAGE REPEAT RUNS [MAP OUT]. IMAGE, u32 words: maps; of each map type, key bytes, value bytes, most entries, flags,
 * entries, then the entries (key, value); instructions, then 8 bytes each. The imm of a 64-bit load from a map is the map's number.
 * Prints a line a run: repeats, CPU seconds of the thread. Writes the first value of MAP to OUT at the end.
 * Ends with 3 where the kernel does not permit it, with 4 where it refuses the program, and says why on stderr. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST_MAPS = 8, LOG_BYTES = 1 << 20 };

static int maps[MOST_MAPS];
static uint32_t value_bytes[MOST_MAPS];
static char kernel_log[LOG_BYTES];

static uint64_t address_of(const void *pointer) { return (uint64_t)(uintptr_t)pointer; }

static void refused(const char *what) {
  int reason = errno;
  fprintf(stderr, "%s: %s\n%s\n", what, strerror(reason), kernel_log);
  exit(reason == EPERM || reason == EACCES || reason == ENOSYS ? 3 : 4);
}

static const uint32_t *make_map(int map, const uint32_t *word) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.map_type = word[0];
  attr.key_size = word[1];
  attr.value_size = value_bytes[map] = word[2];
  attr.max_entries = word[3];
  attr.map_flags = word[4];
  maps[map] = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr);
  if (maps[map] < 0) refused("map");
  uint32_t key_words = word[1] / 4, entry_words = key_words + word[2] / 4, entries = word[5];
  for (word += 6; entries > 0; entries--, word += entry_words) {
    memset(&attr, 0, sizeof attr);
    attr.map_fd = maps[map];
    attr.key = address_of(word);
    attr.value = address_of(word + key_words);
    if (syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof attr) != 0) refused("entry");
  }
  return word;
}

static int load(struct bpf_insn *instructions, uint32_t count) {
  for (uint32_t at = 0; at < count; at++) {
    if (instructions[at].code != (BPF_LD | BPF_IMM | BPF_DW)) continue;
    if (instructions[at].src_reg != 0) instructions[at].imm = maps[instructions[at].imm];
    at++;
  }
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.prog_type = BPF_PROG_TYPE_XDP;
  attr.insns = address_of(instructions);
  attr.insn_cnt = count;
  attr.license = address_of("GPL");
  int program = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
  if (program >= 0) return program;
  attr.log_buf = address_of(kernel_log);
  attr.log_size = LOG_BYTES;
  attr.log_level = 1;
  program = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
  if (program < 0) refused("program");
  return program;
}

static void run(int program, uint32_t repeat) {
  static uint8_t frame[64], after[256];
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.test.prog_fd = program;
  attr.test.data_in = address_of(frame);
  attr.test.data_size_in = sizeof frame;
  attr.test.data_out = address_of(after);
  attr.test.data_size_out = sizeof after;
  attr.test.repeat = repeat;
  if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof attr) != 0) refused("run");
}

static void write_value(int map, const char *path) {
  void *value = malloc(value_bytes[map]);
  uint32_t key = 0;
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.map_fd = maps[map];
  attr.key = address_of(&key);
  attr.value = address_of(value);
  if (!value || syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, sizeof attr) != 0) refused("value");
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(value, 1, value_bytes[map], file) != value_bytes[map] || fclose(file) != 0) exit(2);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  FILE *file = fopen(argv[1], "rb");
  if (!file) return 2;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  uint32_t *image = malloc(size);
  if (!image || fread(image, 1, size, file) != (size_t)size) return 2;
  /* Before Linux 5.11 maps counted as locked memory. */
  struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MEMLOCK, &unlimited);
  const uint32_t *word = image + 1;
  if (image[0] > MOST_MAPS) return 2;
  for (uint32_t map = 0; map < image[0]; map++) word = make_map(map, word);
  int program = load((struct bpf_insn *)(word + 1), word[0]);
  uint32_t repeat = atoi(argv[2]);
  for (int left = atoi(argv[3]); left > 0; left--) {
    struct timespec begin, end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    run(program, repeat);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    printf("%u %.9f\n", repeat, (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9);
  }
  if (argc > 5) write_value(atoi(argv[4]), argv[5]);
  return 0;
}
