/** The worked cases again, answered by the tables and the kernels. */
import { createClassifier, sideOf } from '../classifier.ts';
import { type Engine, examine, examineAdmin } from '../examine.ts';

const ENGINE: Engine = {
  name: 'the classifier',
  seesNames: false,
  decide(world, packet) {
    const { verdict, reason, hook, ...found } = createClassifier(world).classify(packet);
    const policy = hook === 'none' ? undefined : found[sideOf(hook)]?.at(-1)?.policy;
    return {
      verdict,
      reason,
      policy: policy === undefined ? undefined : `${policy.namespace}/${policy.name}`,
    };
  },
};

examine(ENGINE);
examineAdmin(ENGINE);
