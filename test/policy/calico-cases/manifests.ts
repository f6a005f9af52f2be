/** Manifests of Calico's resources from their specs in YAML's flow style, and the shape of a worked case. */

export interface CalicoCase {
  /** Section of calico.md, and which of its rows; `trap 5`. */
  readonly id: string;
  /** What the row says. */
  readonly says: string;
  /** Manifests over calico-fixture.yaml. */
  readonly manifests: readonly string[];
  /** A change of the fixture's text. */
  readonly edit?: (fixture: string) => string;
  /**
   * Flows, and words that must be found: verdict, reason, `np:shop/p` who decided, `#1` by which rule (`#end`), `@ingress`
   * at which hook, `tier=default`, `pro:kns.shop`, `to=10.0.2.1:8080` where the packet was judged.
   */
  readonly flows: readonly (readonly [flow: string, words: string])[];
  /** The same with everything staged enforced. */
  readonly pending?: readonly (readonly [flow: string, words: string])[];
}

const resource = (kind: string, metadata: string, spec: string): string =>
  `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}`;

function namespaced(kind: string): (name: string, spec: string) => string {
  return (full, spec) => {
    const [namespace, name] = full.split('/');
    return resource(kind, `{ name: ${name}, namespace: ${namespace} }`, spec);
  };
}

const global =
  (kind: string) =>
  (name: string, spec: string, labels = '{}'): string =>
    resource(kind, `{ name: ${name}, labels: ${labels} }`, spec);

/** NetworkPolicy of Calico; the name is `namespace/name`. */
export const np = namespaced('NetworkPolicy');
export const snp = namespaced('StagedNetworkPolicy');
export const sknp = namespaced('StagedKubernetesNetworkPolicy');
export const gnp = global('GlobalNetworkPolicy');
export const sgnp = global('StagedGlobalNetworkPolicy');
export const tier = global('Tier');
export const globalSet = global('GlobalNetworkSet');
export const hostEndpoint = global('HostEndpoint');
export const profile = global('Profile');
export const pool = global('IPPool');
export const felix = (spec: string, name = 'default'): string =>
  resource('FelixConfiguration', `{ name: ${name} }`, spec);

export function networkSet(full: string, spec: string, labels = '{}'): string {
  const [namespace, name] = full.split('/');
  return resource('NetworkSet', `{ name: ${name}, namespace: ${namespace}, labels: ${labels} }`, spec);
}

/** NetworkPolicy of Kubernetes. */
export function knp(full: string, spec: string): string {
  const [namespace, name] = full.split('/');
  return `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}`;
}

/** ClusterNetworkPolicy. */
export const kcnp = (name: string, spec: string): string =>
  `apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: { name: ${name} }\nspec: ${spec}`;

/** An ingress policy with the rules, in namespace shop, for its web. */
export const toWeb = (rules: string): string =>
  np('shop/p', `{ selector: app == 'web', types: [Ingress], ingress: [${rules}] }`);

/** An egress policy with the rules, in namespace shop, for its web. */
export const fromWeb = (rules: string): string =>
  np('shop/p', `{ selector: app == 'web', types: [Egress], egress: [${rules}] }`);

/** A global ingress policy with the rules for shop's web. */
export const toWebGlobally = (rules: string): string =>
  gnp(
    'g',
    `{ selector: projectcalico.org/namespace == 'shop' && app == 'web', types: [Ingress], ingress: [${rules}] }`,
  );
