/** The page of a replay. */
import { useMemo, useState } from 'preact/hooks';
import { countOf, formatCount } from '../../output/quantity.ts';
import type { ReplayPage } from '../page-document.ts';
import { traceNames } from '../trace-names.ts';
import { CopyLine } from './copy-line.tsx';
import { FactsSection } from './facts-section.tsx';
import { FlowSection } from './flow-section.tsx';
import { type FlowFilter, FlowStore, type GroupPair, NO_FILTER } from './flow-store.ts';
import { Frame, type Section } from './frame.tsx';
import { ObservedSection } from './observed-section.tsx';
import { RulesSection } from './rules-section.tsx';
import { StagedSection } from './staged-section.tsx';
import { TalkSection } from './talk-section.tsx';
import { TimelineSection } from './timeline.tsx';
import { TotalsSection } from './totals.tsx';

/** What needs a look first. */
const REFUSED = ['deny', 'undetermined', 'unspecified'];

/** At the beginning: what was not allowed, where there is any. */
function firstFilter(store: FlowStore): FlowFilter {
  const counts = store.verdictCounts();
  const verdicts = counts.has('deny') ? ['deny'] : REFUSED.filter((verdict) => counts.has(verdict));
  return { ...NO_FILTER, verdicts: new Set(verdicts) };
}

function subtitle({ document: { tables, cni, traces } }: ReplayPage): string {
  const records = traces.reduce((sum, trace) => sum + trace.records, 0);
  return [
    `${formatCount(records)} records`,
    countOf(tables.policies, 'policy', 'policies'),
    ...(tables.staged_policies > 0 ? [`${formatCount(tables.staged_policies)} staged`] : []),
    countOf(tables.endpoints - tables.host_endpoints, 'pod'),
    ...(tables.host_endpoints > 0 ? [countOf(tables.host_endpoints, 'host endpoint')] : []),
    `CNI ${cni}`,
  ].join(' · ');
}

export function ReplayView({ page }: { readonly page: ReplayPage }) {
  const store = useMemo(() => new FlowStore(page.flows), [page]);
  const [filter, setFilter] = useState<FlowFilter>(() => firstFilter(store));
  const onPair = (pair: GroupPair): void => {
    setFilter({ ...NO_FILTER, pair });
    location.hash = 'flows';
    // The link may be the same as before: then the address does not change.
    window.document.getElementById('flows')!.scrollIntoView();
    window.document.getElementById('flow-search')!.focus({ preventScroll: true });
  };
  const { document } = page;
  const hasTimes = document.traces.some(({ first_time: time }) => time !== '');
  const sections: Section[] = [
    {
      id: 'verdicts',
      title: 'Verdicts',
      remark: countOf(document.packets.total, 'packet'),
      content: <TotalsSection page={page} />,
    },
    {
      id: 'time',
      title: 'Over time',
      content: <TimelineSection timeline={document.timeline} hasTimes={hasTimes} />,
    },
    {
      id: 'flows',
      title: 'Flows',
      remark: 'connections that share everything but the source port',
      content: <FlowSection page={page} store={store} filter={filter} onFilter={setFilter} />,
    },
    {
      id: 'talk',
      title: 'Who talks to whom',
      remark: 'from left to right',
      content: <TalkSection store={store} onPair={onPair} />,
    },
    { id: 'rules', title: 'Rules', content: <RulesSection page={page} /> },
    ...(page.observed === null
      ? []
      : [
          {
            id: 'observed',
            title: 'Observed',
            remark: 'what the traces say became of their packets',
            content: <ObservedSection observed={page.observed} />,
          },
        ]),
    ...(page.staged === null
      ? []
      : [
          {
            id: 'staged',
            title: 'Staged policies',
            remark: 'were they enforced',
            content: <StagedSection staged={page.staged} />,
          },
        ]),
    { id: 'traces', title: 'Traces', content: <FactsSection page={page} /> },
  ];
  return (
    <Frame
      title={traceNames(document.traces)}
      subtitle={subtitle(page)}
      alarms={page.alarms}
      sections={sections}
      footer={<CopyLine label={`dryplane ${page.version}`} text={page.command} />}
    />
  );
}
