/**
 * The report of `lint` as SARIF 2.1.0, for code scanning and editors. Foreign text stands in it as JSON alone; columns are
 * UTF-16 code units, as everywhere here.
 *
 * Source: OASIS Static Analysis Results Interchange Format 2.1.0.
 */
import { isAbsolute, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LintDocument, LintFinding, LintPlace } from '../lint/lint-document.ts';
import { visible, visibleJson } from '../output/visible.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** A path as a URI reference: relative ones stay so. */
function uriOf(path: string): string {
  if (isAbsolute(path)) return pathToFileURL(path).href;
  const parts = path.split(sep).filter((part) => part !== '.');
  return parts.map(encodeURIComponent).join('/');
}

/** `peer-matches-nothing` → `PeerMatchesNothing`, as SARIF wants names. */
function pascalName(code: string): string {
  const words = code.replace(/^lint\//, '').split('-');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** A message: viewers make links of `[words](address)`, which no foreign text may set. */
function messageText(text: string): string {
  return sentence(visible(text).replaceAll('](', '] ('));
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(whole) ? whole : `${whole}.`;
}

function physicalLocation({ file, line, column }: LintPlace, span?: number, source?: string | null): object {
  const region = {
    startLine: line,
    startColumn: column,
    ...(span === undefined ? {} : { endColumn: column + span }),
    ...(source === undefined || source === null || span === undefined
      ? {}
      : { snippet: { text: source.slice(column - 1, column - 1 + span) } }),
  };
  return { artifactLocation: { uri: uriOf(file) }, region };
}

function ruleOf({ code, severity, title }: LintDocument['checks'][number], page: string): object {
  const text = page.replace(/[`*]/g, '');
  return {
    id: code,
    name: pascalName(code),
    shortDescription: { text: sentence(title) },
    fullDescription: { text: sentence(title) },
    help: { text, markdown: page },
    defaultConfiguration: { level: severity },
  };
}

function resultOf(finding: LintFinding, ruleIndex: number, hasBaseline: boolean): object {
  const { code, severity, message, suggestion, span, source, related, state, suppression, object } = finding;
  const says = [message, ...(suggestion === null ? [] : [suggestion])].map(messageText).join(' ');
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: says },
    locations: [
      {
        physicalLocation: physicalLocation(finding, span, source),
        logicalLocations: [{ fullyQualifiedName: object, kind: 'resource' }],
      },
    ],
    relatedLocations: related.map((place, id) => ({
      id,
      message: { text: messageText(place.message) },
      physicalLocation: physicalLocation(place),
    })),
    partialFingerprints: { 'dryplaneFinding/v1': finding.fingerprint },
    ...(hasBaseline ? { baselineState: state === 'known' ? 'unchanged' : 'new' } : {}),
    suppressions:
      suppression === null
        ? []
        : [
            {
              kind: 'inSource',
              ...(suppression.reason === '' ? {} : { justification: suppression.reason }),
              location: { physicalLocation: physicalLocation(suppression) },
            },
          ],
  };
}

/** The log; `pageOf` gives the Markdown page of a check. */
export function sarifJson(document: LintDocument, pageOf: (code: string) => string): string {
  const { version, checks, findings, baseline } = document;
  const indices = new Map(checks.map(({ code }, index) => [code, index]));
  const absent = (baseline?.absent ?? []).map(({ code, object, message }) => ({
    ruleId: code,
    ...(indices.has(code) ? { ruleIndex: indices.get(code) } : {}),
    message: { text: messageText(message) },
    locations: [{ logicalLocations: [{ fullyQualifiedName: object, kind: 'resource' }] }],
    baselineState: 'absent',
  }));
  const run = {
    tool: {
      driver: {
        name: 'dryplane',
        version,
        semanticVersion: version,
        rules: checks.map((check) => ruleOf(check, pageOf(check.code))),
      },
    },
    invocations: [{ executionSuccessful: true, exitCode: Number(document.failed) }],
    columnKind: 'utf16CodeUnits',
    results: [
      ...findings.map((finding) => resultOf(finding, indices.get(finding.code)!, baseline !== null)),
      ...absent,
    ],
  };
  return `${visibleJson(JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, null, 2))}\n`;
}
