/**
 * KubeControllersConfiguration: whether and how host endpoints are made for every node. The rest of it changes no verdict.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/kubecontrollersconfig.go.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { Labels } from '../../policy/cluster.ts';
import type { Selector } from '../../selector/selector.ts';
import type { Cursor } from '../cursor.ts';
import { readLabels } from '../metadata.ts';
import { type Notation, readCalicoMetadata } from './calico-object.ts';
import { readNet, readSelector } from './calico-values.ts';

export interface HostEndpointTemplate {
  readonly generateName: string;
  readonly labels: Labels;
  /** Absent: every node. */
  readonly nodeSelector?: Selector;
  /** Which of the node's addresses are expected; empty with an interface pattern alone. */
  readonly interfaceCidrs: readonly Cidr[];
  readonly interfacePattern?: RegExp;
}

export interface AutoHostEndpoints {
  readonly name: string;
  readonly isEnabled: boolean;
  /** One of `*` for each node. */
  readonly makesDefault: boolean;
  readonly templates: readonly HostEndpointTemplate[];
  readonly at: Location;
}

const SWITCH = ['Enabled', 'Disabled'] as const;

function readPattern(cursor: Cursor): RegExp | undefined {
  const text = cursor.string();
  if (text === undefined || text === '') return undefined;
  try {
    return new RegExp(text, 'u');
  } catch {
    cursor.error('manifest/bad-value', `${JSON.stringify(text)} is no regular expression`);
    return undefined;
  }
}

function readTemplate(item: Cursor): HostEndpointTemplate {
  item.isMapping();
  const nodeSelector = readSelector(item.field('nodeSelector'), 'unchecked');
  const interfacePattern = readPattern(item.field('interfacePattern'));
  const cidrs = item.field('interfaceCIDRs').items();
  return {
    generateName: item.field('generateName').string() ?? '',
    labels: readLabels(item.field('labels')),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    interfaceCidrs: cidrs.map((cidr) => readNet(cidr, 'loose')).filter((cidr) => cidr !== undefined),
    ...(interfacePattern === undefined ? {} : { interfacePattern }),
  };
}

/** What the configuration says of host endpoints; what is in force, as the status tells it, goes before what is written. */
export function readKubeControllers(object: Cursor, notation: Notation): AutoHostEndpoints | undefined {
  object.document.checkDuplicateKeys();
  const metadata = readCalicoMetadata(object, 'cluster', notation);
  const running = object.fieldAt('status', 'runningConfig');
  const spec = running.fieldAt('controllers').isPresent ? running : object.field('spec');
  const config = spec.fieldAt('controllers', 'node', 'hostEndpoint');
  const autoCreate = config.field('autoCreate').oneOf(SWITCH, 'manifest/bad-value');
  const makesDefault = config.field('createDefaultHostEndpoint').oneOf(SWITCH, 'manifest/bad-value');
  const templates = config.field('templates').items().map(readTemplate);
  if (metadata === undefined) return undefined;
  return {
    name: metadata.name,
    isEnabled: autoCreate === 'Enabled',
    makesDefault: makesDefault !== 'Disabled',
    templates,
    at: metadata.at,
  };
}
