/** Every row of Calico's semantics, answered by the judge. */
import { formatAddress } from '../../src/net/address.ts';
import { judge } from '../../src/policy/judge.ts';
import { examineCalico } from './examine-calico.ts';

examineCalico(
  'the judge',
  (world) => (packets) =>
    packets.map((packet) => {
      const { verdict, reason, hook, decider, judgedDestination, judgedPort } = judge(packet, world);
      return {
        verdict,
        reason,
        hook,
        decider,
        destination: formatAddress(judgedDestination),
        port: judgedPort,
      };
    }),
);
