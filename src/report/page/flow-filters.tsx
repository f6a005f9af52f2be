/** What narrows the table of flows: a search, verdicts, and choices of what the flows have. */
import { formatCount } from '../../output/quantity.ts';
import { type FlowFilter, type FlowStore, NO_FILTER } from './flow-store.ts';
import { VERDICTS, VerdictSign } from './verdict-badge.tsx';

/** Choices of a list; more would be no list any more, the search finds them. */
const CHOICES = 300;

interface ChoiceProps {
  readonly label: string;
  readonly all: string;
  readonly value: string;
  readonly choices: readonly string[];
  /** Further ones, under a heading of their own; `heading` is that of the others. */
  readonly more?: { readonly heading: string; readonly label: string; readonly choices: readonly string[] };
  readonly onChange: (value: string) => void;
}

const options = (choices: readonly string[]) =>
  choices.slice(0, CHOICES).map((choice) => (
    <option key={choice} value={choice}>
      {choice}
    </option>
  ));

function Choice({ label, all, value, choices, more, onChange }: ChoiceProps) {
  if (choices.length + (more?.choices.length ?? 0) === 0) return null;
  const isListed = [choices, more?.choices ?? []].some((list) => list.slice(0, CHOICES).includes(value));
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{all}</option>
        {value !== '' && !isListed && options([value])}
        {more === undefined ? (
          options(choices)
        ) : (
          <>
            {choices.length > 0 && <optgroup label={more.heading}>{options(choices)}</optgroup>}
            {more.choices.length > 0 && <optgroup label={more.label}>{options(more.choices)}</optgroup>}
          </>
        )}
      </select>
    </label>
  );
}

export interface FlowFiltersProps {
  readonly store: FlowStore;
  readonly filter: FlowFilter;
  readonly counts: ReadonlyMap<string, number>;
  readonly choices: {
    readonly namespaces: readonly string[];
    readonly ports: readonly string[];
    readonly policies: readonly string[];
    readonly rules: readonly string[];
    readonly directions: readonly string[];
  };
  readonly onChange: (filter: FlowFilter) => void;
}

function VerdictToggles({
  filter,
  counts,
  onChange,
}: Pick<FlowFiltersProps, 'filter' | 'counts' | 'onChange'>) {
  const toggle = (verdict: string): void => {
    const verdicts = new Set(filter.verdicts);
    if (!verdicts.delete(verdict)) verdicts.add(verdict);
    onChange({ ...filter, verdicts });
  };
  return (
    <fieldset class="toggles">
      <legend>Verdict</legend>
      {VERDICTS.filter((verdict) => counts.has(verdict)).map((verdict) => (
        <button
          key={verdict}
          type="button"
          class={`toggle ${verdict}`}
          aria-pressed={filter.verdicts.has(verdict)}
          onClick={() => toggle(verdict)}
        >
          <VerdictSign verdict={verdict} /> {verdict} <b>{formatCount(counts.get(verdict) ?? 0)}</b>
        </button>
      ))}
    </fieldset>
  );
}

export function FlowFilters({ filter, counts, choices, onChange }: FlowFiltersProps) {
  const set = (change: Partial<FlowFilter>): void => onChange({ ...filter, ...change });
  const isNarrowed = JSON.stringify({ ...filter, verdicts: [...filter.verdicts] }) !== NOTHING;
  return (
    <search class="filters">
      <label class="field search">
        <span>Search</span>
        <input
          type="search"
          id="flow-search"
          placeholder="name, address, port, policy, file…"
          value={filter.text}
          onInput={(event) => set({ text: event.currentTarget.value })}
        />
      </label>
      <VerdictToggles filter={filter} counts={counts} onChange={onChange} />
      <Choice
        label="Namespace"
        all="any"
        value={filter.namespace}
        choices={choices.namespaces}
        onChange={(namespace) => set({ namespace })}
      />
      <Choice
        label="Port"
        all="any"
        value={filter.port}
        choices={choices.ports}
        onChange={(port) => set({ port })}
      />
      <Choice
        label="Decided by"
        all="anybody"
        value={filter.decider}
        choices={choices.policies}
        more={{ heading: 'Policies', label: 'Rules', choices: choices.rules }}
        onChange={(decider) => set({ decider })}
      />
      <Choice
        label="Direction"
        all="either"
        value={filter.direction}
        choices={choices.directions}
        onChange={(direction) => set({ direction })}
      />
      {filter.pair !== undefined && (
        <button type="button" class="toggle" aria-pressed="true" onClick={() => set({ pair: undefined })}>
          {filter.pair.label} <span aria-hidden="true">✕</span>
          <span class="unseen">: take this filter away</span>
        </button>
      )}
      {isNarrowed && (
        <button type="button" class="quiet" onClick={() => onChange(NO_FILTER)}>
          Show all flows
        </button>
      )}
    </search>
  );
}

const NOTHING = JSON.stringify({ ...NO_FILTER, verdicts: [] });
