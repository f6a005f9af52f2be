/** Rules by what they decided, and those that no packet met. */
import { formatBytes, formatCount } from '../../output/quantity.ts';
import type { ReplayPage, RuleListPage, RulePage } from '../page-document.ts';
import { useFirst } from './first-rows.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import { VerdictBadge } from './verdict-badge.tsx';

/** Rows before somebody asks for all. */
const SHOWN = 25;

interface RuleRowsProps {
  readonly rules: readonly RulePage[];
  /** Packets of the heaviest rule; 0 where none met any. */
  readonly most: number;
}

function RuleRows({ rules, most }: RuleRowsProps) {
  return rules.map((rule, index) => (
    <tr key={index}>
      <td>
        <span class="strong">{rule.policy}</span>
        <br />
        <span class="dim">{rule.rule}</span>
      </td>
      <td>
        <RuleAction action={rule.action} />
      </td>
      {most > 0 && (
        <>
          <td class="number">
            <Amount count={rule.packets} most={most} />
          </td>
          <td class="number">{formatBytes(rule.bytes)}</td>
          <td class="number">{formatCount(rule.connections)}</td>
        </>
      )}
      <td class="place-ink">{rule.place}</td>
    </tr>
  ));
}

/** A count, and how much it is beside the largest. */
function Amount({ count, most }: { readonly count: number; readonly most: number }) {
  const share = Math.max(0.5, (100 * count) / most);
  return (
    <span class="amount">
      <span class="amount-track" aria-hidden="true">
        {count > 0 && <span class="amount-bar" style={{ width: `${share}%` }} />}
      </span>
      {formatCount(count)}
    </span>
  );
}

function RuleAction({ action }: { readonly action: string }) {
  return action === 'allow' || action === 'deny' ? <VerdictBadge verdict={action} /> : <span>{action}</span>;
}

interface RuleTableProps {
  readonly label: string;
  readonly list: RuleListPage;
}

function RuleTable({ label, list: { rules, omitted } }: RuleTableProps) {
  const [shown, rest] = useFirst(rules, SHOWN, omitted);
  const most = rules.reduce((top, { packets }) => Math.max(top, packets), 0);
  return (
    <>
      <ScrollRegion label={label}>
        <table class="plain rules">
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Action</th>
              {most > 0 && (
                <>
                  <th scope="col" class="number">
                    Packets
                  </th>
                  <th scope="col" class="number">
                    Bytes
                  </th>
                  <th scope="col" class="number">
                    Conn.
                  </th>
                </>
              )}
              <th scope="col">Where</th>
            </tr>
          </thead>
          <tbody>
            <RuleRows rules={shown} most={most} />
          </tbody>
        </table>
      </ScrollRegion>
      {rest}
    </>
  );
}

export function RulesSection({ page: { met, dead } }: { readonly page: ReplayPage }) {
  if (met.rules.length + dead.rules.length === 0) return <p class="empty">No policy is enforced here.</p>;
  return (
    <>
      {met.rules.length === 0 ? (
        <p class="empty">No packet of the traces met a rule.</p>
      ) : (
        <RuleTable label="Rules by traffic" list={met} />
      )}
      <h3>Rules that matched nothing</h3>
      {dead.rules.length === 0 ? (
        <p class="empty">None: every rule matched something of these traces.</p>
      ) : (
        <RuleTable label="Rules that matched nothing" list={dead} />
      )}
    </>
  );
}
