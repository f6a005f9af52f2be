/** Which hooks some program of the tables answers for: bit 1 << HOOK_ code for each. */
import { HOOK_INGRESS, HOOK_UNTRACKED_EGRESS, HOOK_UNTRACKED_INGRESS } from '../tables/verdict-layout.ts';

/** Whether some program answers for a host's hook. */
export function hasHostHooks(hooks: number): boolean {
  return hooks >>> (HOOK_INGRESS + 1) !== 0;
}

/** Whether some program is untracked. */
export function hasUntrackedHooks(hooks: number): boolean {
  return (hooks & ((1 << HOOK_UNTRACKED_INGRESS) | (1 << HOOK_UNTRACKED_EGRESS))) !== 0;
}
