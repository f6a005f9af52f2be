/* What programs on libpcap pay at least: pcap_loop over a file, five loads from each IPv4 packet of Ethernet.
 * Prints a line a round: packets, CPU seconds, a sum of what was loaded. Usage: libpcap FILE ROUNDS */
#include <pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct { uint64_t packets, sum; } Seen;

static void take(u_char *user, const struct pcap_pkthdr *header, const u_char *frame) {
  Seen *seen = (Seen *)user;
  uint16_t type;
  uint32_t source, destination, ports;
  seen->packets++;
  if (header->caplen < 38) return;
  memcpy(&type, frame + 12, 2);
  if (type != 8) return;
  memcpy(&source, frame + 26, 4);
  memcpy(&destination, frame + 30, 4);
  memcpy(&ports, frame + 34, 4);
  seen->sum += source ^ destination ^ ports ^ frame[23];
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  for (int round = atoi(argv[2]); round > 0; round--) {
    char error[PCAP_ERRBUF_SIZE];
    struct timespec begin, end;
    Seen seen = {0, 0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    pcap_t *capture = pcap_open_offline(argv[1], error);
    if (!capture || pcap_loop(capture, -1, take, (u_char *)&seen) != 0) return 2;
    pcap_close(capture);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    printf("%llu %.9f %llu\n", (unsigned long long)seen.packets,
           (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9, (unsigned long long)seen.sum);
  }
  return 0;
}
