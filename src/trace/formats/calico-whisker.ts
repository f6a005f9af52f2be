/**
 * Flows of Calico's Goldmane, as Whisker's API lists or streams them and as Goldmane's emitter posts them: aggregated over pods and
 * ports, with names in the place of addresses. They are counted, not judged: replays are by address.
 *
 * Source: projectcalico/calico whisker-backend/pkg/apis/v1, goldmane/pkg/emitter, goldmane/proto/api.proto.
 */
import { type FlowFormat, type JsonObject, jsonFound } from '../flow-log/flow-format.ts';
import { type FlowReading, MALFORMED } from '../flow-log/flow-record.ts';
import { hasObject, objectAt, objectOf } from '../flow-log/json-value.ts';

const keyOf = (flow: JsonObject): JsonObject => {
  const inner = hasObject(flow, 'flow') ? objectAt(flow, 'flow') : flow;
  return hasObject(inner, 'Key') ? objectAt(inner, 'Key') : inner;
};

const isFlow = (flow: JsonObject): boolean => {
  const key = keyOf(flow);
  return 'source_name' in key && 'dest_name' in key;
};

function read(text: string): FlowReading {
  const flow = objectOf(text);
  return flow !== undefined && isFlow(flow) ? { note: 'named' } : MALFORMED;
}

/** Flows of Whisker and Goldmane. */
export const CALICO_WHISKER: FlowFormat = {
  name: 'calico-whisker',
  title: "Whisker's or Goldmane's flows as JSON",
  signs: [
    '"source_name"',
    '"dest_name"',
    '"source_namespace"',
    '"dest_namespace"',
    '"reporter"',
    '"policies"',
    '"Key"',
  ],
  tellsVerdicts: false,
  recognise(head, isGiven) {
    const isEmpty = /^\{\s*"total"\s*:\s*\{[^}]*\}\s*,\s*"items"\s*:\s*(null|\[\s*\])\s*\}/.test(head.text);
    if (isEmpty) return { ...jsonFound(head), framing: 'objects', start: head.text.length };
    return isGiven || head.objects.some(isFlow) ? jsonFound(head) : undefined;
  },
  reader: () => read,
};
