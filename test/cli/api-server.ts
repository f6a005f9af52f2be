/** A Kubernetes API server as far as kubectl needs one to list things: discovery, and lists of given objects in pages. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Served {
  /** `v1`, `apps/v1`, ... */
  readonly groupVersion: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly objects?: readonly object[];
  /** Listing it is refused. */
  readonly forbidden?: true;
}

export interface ApiServer {
  readonly url: string;
  /** `GET /api/v1/pods`, without queries. */
  readonly requests: readonly string[];
  readonly close: () => void;
}

const versionOf = (groupVersion: string): string => groupVersion.split('/').at(-1)!;
const groupOf = (groupVersion: string): string =>
  groupVersion.includes('/') ? groupVersion.split('/')[0]! : '';

function groupList(resources: readonly Served[], broken: readonly string[]): object {
  const versions = [...new Set([...resources.map(({ groupVersion }) => groupVersion), ...broken])];
  const groups = [...new Set(versions.map(groupOf))].filter((group) => group !== '');
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map((name) => {
      const mine = versions
        .filter((each) => groupOf(each) === name)
        .map((groupVersion) => ({ groupVersion, version: versionOf(groupVersion) }));
      return { name, versions: mine, preferredVersion: mine[0] };
    }),
  };
}

function resourceList(resources: readonly Served[], groupVersion: string): object | undefined {
  const mine = resources.filter((each) => each.groupVersion === groupVersion);
  if (mine.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: mine.map(({ plural, kind, namespaced }) => ({
      name: plural,
      singularName: '',
      namespaced,
      kind,
      verbs: ['get', 'list', 'watch', 'create', 'delete'],
    })),
  };
}

const FORBIDDEN = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: 'is forbidden: User "reader" cannot list resource',
  reason: 'Forbidden',
  code: 403,
};

/** A list, one object a page where the client wants pages. */
function listOf({ groupVersion, kind, objects = [] }: Served, query: URLSearchParams): object {
  const first = Number(query.get('continue') ?? '0');
  const isPaged = query.has('limit');
  const next = isPaged && first + 1 < objects.length ? String(first + 1) : '';
  return {
    kind: `${kind}List`,
    apiVersion: groupVersion,
    metadata: { resourceVersion: '1', continue: next },
    items: isPaged ? objects.slice(first, first + 1) : objects,
  };
}

function answer(url: URL, resources: readonly Served[], broken: readonly string[]): [number, object] {
  const { pathname, searchParams } = url;
  if (pathname === '/api') return [200, { kind: 'APIVersions', versions: ['v1'] }];
  if (pathname === '/apis') return [200, groupList(resources, broken)];
  const [, groupVersion = '', rest = ''] =
    /^\/(?:api|apis)\/(v1|[^/]+\/[^/]+)(?:\/(.*))?$/.exec(pathname) ?? [];
  if (broken.includes(groupVersion)) return [503, { ...FORBIDDEN, reason: 'ServiceUnavailable', code: 503 }];
  const listed = rest === '' ? resourceList(resources, groupVersion) : undefined;
  if (listed !== undefined) return [200, listed];
  const resource = resources.find((each) => each.groupVersion === groupVersion && each.plural === rest);
  if (resource === undefined)
    return [404, { ...FORBIDDEN, reason: 'NotFound', code: 404, message: 'not found' }];
  if (resource.forbidden === true) return [403, { ...FORBIDDEN, message: `${rest} ${FORBIDDEN.message}` }];
  return [200, listOf(resource, searchParams)];
}

/** `broken`: group versions that the server names and that do not answer. */
export function startApiServer(
  resources: readonly Served[],
  broken: readonly string[] = [],
): Promise<ApiServer> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    requests.push(`${request.method} ${url.pathname}`);
    const [status, body] = answer(url, resources, broken);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ url: `http://127.0.0.1:${port}`, requests, close: () => server.close() });
    });
  });
}
