/** Antrea, for the policy APIs of Kubernetes. */
import { ADDRESS_BASED } from './address-based.ts';
import { departing } from './profile.ts';

export const ANTREA = departing(
  ADDRESS_BASED,
  { name: 'antrea', title: 'Antrea' },
  {
    policyTypes: {
      value: 'rules-imply',
      says: 'rules of a direction isolate and count, whether or not policyTypes lists it',
      source: 'antrea-io/antrea pkg/controller/networkpolicy/networkpolicy_controller.go',
    },
    namedPortBehindIpBlock: {
      value: 'never',
      says: 'port names beside blocks of addresses come to nothing',
      source: 'antrea-io/antrea pkg/agent/controller/networkpolicy/pod_reconciler.go',
    },
    hairpin: {
      value: 'skip-ingress',
      says: 'ingress is not asked where a pod reaches itself through a Service',
      source: 'antrea-io/antrea docs/design/ovs-pipeline.md, pull requests 5687, 5705 and 5743',
    },
    newPodIngress: {
      value: 'open',
      says: 'flows are written a moment after a pod is there',
      source: 'antrea-io/antrea pkg/agent/controller/networkpolicy/cache.go, issue 197',
    },
    newPodEgress: {
      value: 'open',
      says: 'flows are written a moment after a pod is there',
      source: 'antrea-io/antrea pkg/agent/controller/networkpolicy/cache.go, issue 197',
    },
    remoteNodes: {
      value: 'gateway-address',
      says: 'other nodes come with the address of their gateway where tunnels join nodes',
      source: 'antrea-io/antrea docs/design/ovs-pipeline.md',
    },
  },
);
