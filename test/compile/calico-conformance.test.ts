/** Every row of Calico's semantics, answered by the tables and the kernels. */
import { createClassifier, sideOf } from '../classifier.ts';
import { examineCalico } from '../policy/examine-calico.ts';

examineCalico('the classifier', (world) => {
  const { classifyAll } = createClassifier(world);
  return (packets) =>
    classifyAll(packets).map((found, index) => {
      const { verdict, reason, hook, judgedDestination: destination } = found;
      const decider = hook === 'none' ? undefined : found[sideOf(hook)]?.at(-1);
      const port = packets[index]!.destinationPort === undefined ? undefined : found.judgedPort;
      return { verdict, reason, hook, decider, destination, port };
    });
});
