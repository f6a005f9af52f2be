/** What documents say of a packet, and of flows whose packets share it. Null where the field does not apply. */
export interface PacketFields {
  readonly protocol: string;
  readonly src: string;
  readonly src_name: string;
  /** Of a flow, one that was seen. */
  readonly sport: number | null;
  readonly dst: string;
  readonly dst_name: string;
  readonly dport: number | null;
  readonly icmp_type: number | null;
  readonly icmp_code: number | null;
  /** After DNAT. */
  readonly judged_dst: string;
  readonly judged_dst_name: string;
  readonly judged_dport: number | null;
}
