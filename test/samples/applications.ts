/** Sample applications of others, with flows that their pages or their policies' names promise. Paths below samples/policies. */

export interface Application {
  readonly name: string;
  readonly manifests: readonly string[];
  readonly policies: number;
  /** Workloads, not pods: none of them ships pods. */
  readonly workloads: number;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly note?: string;
}

const BOUTIQUE = 'online-boutique/kustomize/components/network-policies';
const SOCKS = 'sock-shop/deploy/kubernetes';
const GUESTBOOK = 'kubernetes-examples/web/guestbook';

const boutique = (name: string): string => `default/Deployment/${name}`;
const socks = (name: string): string => `sock-shop/Deployment/${name}`;

export const APPLICATIONS: readonly Application[] = [
  {
    name: 'online-boutique with its network policies',
    manifests: ['online-boutique/release/kubernetes-manifests.yaml', BOUTIQUE],
    policies: 13,
    workloads: 12,
    allow: [
      `tcp ${boutique('loadgenerator')} to ${boutique('frontend')}:8080`,
      `tcp 198.51.100.9 to ${boutique('frontend')}:8080`,
      `tcp ${boutique('frontend')} to ${boutique('adservice')}:9555`,
      `tcp ${boutique('frontend')} to ${boutique('cartservice')}:7070`,
      `tcp ${boutique('checkoutservice')} to ${boutique('cartservice')}:7070`,
      `tcp ${boutique('cartservice')} to ${boutique('redis-cart')}:6379`,
      `tcp ${boutique('recommendationservice')} to ${boutique('productcatalogservice')}:3550`,
      `tcp ${boutique('adservice')} to 198.51.100.9:443`,
    ],
    deny: [
      `tcp ${boutique('frontend')} to ${boutique('redis-cart')}:6379`,
      `tcp ${boutique('loadgenerator')} to ${boutique('cartservice')}:7070`,
      `tcp ${boutique('frontend')} to ${boutique('cartservice')}:7071`,
      `tcp ${boutique('adservice')} to ${boutique('checkoutservice')}:5050`,
      `tcp ${boutique('frontend')} to ${boutique('loadgenerator')}:8080`,
      `tcp 198.51.100.9 to ${boutique('paymentservice')}:50051`,
    ],
  },
  {
    name: 'online-boutique, the manifests of each service',
    manifests: ['online-boutique/kubernetes-manifests'],
    policies: 0,
    workloads: 12,
    allow: [`tcp ${boutique('loadgenerator')} to ${boutique('redis-cart')}:6379`],
    deny: [],
  },
  {
    name: 'sock-shop with its network policies',
    manifests: [
      `${SOCKS}/manifests`,
      ...[
        'cart-access',
        'cart-db-access',
        'catalogue-access',
        'catalogue-db-access',
        'cortex-access',
        'frontend-access',
        'orders-access',
        'orders-db-access',
        'payment-access',
        'rabbitmq-access',
        'shipping-access',
        'user-access',
        'user-db-access',
      ].map((name) => `${SOCKS}/manifests-policy/netpol-${name}.yaml`),
    ],
    policies: 13,
    workloads: 14,
    allow: [
      `tcp 198.51.100.9 to ${socks('front-end')}:8079`,
      `tcp ${socks('front-end')} to ${socks('catalogue')}:80`,
      `tcp ${socks('catalogue')} to ${socks('catalogue-db')}:3306`,
      `tcp ${socks('front-end')} to ${socks('orders')}:80`,
      `tcp ${socks('orders')} to ${socks('payment')}:80`,
      `tcp ${socks('orders')} to ${socks('orders-db')}:27017`,
      `tcp ${socks('orders')} to ${socks('user')}:80`,
      `tcp ${socks('shipping')} to ${socks('rabbitmq')}:5672`,
      `tcp ${socks('queue-master')} to ${socks('rabbitmq')}:5672`,
    ],
    deny: [
      `tcp ${socks('front-end')} to ${socks('catalogue-db')}:3306`,
      `tcp ${socks('payment')} to ${socks('orders')}:80`,
      `tcp 198.51.100.9 to ${socks('catalogue')}:80`,
      // The policies say name=cart, the pods say name=carts; and nobody opens session-db.
      `tcp ${socks('front-end')} to ${socks('carts')}:80`,
      `tcp ${socks('orders')} to ${socks('carts')}:80`,
      `tcp ${socks('carts')} to ${socks('carts-db')}:27017`,
      `tcp ${socks('front-end')} to ${socks('session-db')}:6379`,
    ],
    note: 'cortex-access selects every pod, so whatever its siblings miss is closed',
  },
  {
    name: 'sock-shop in one file',
    manifests: [`${SOCKS}/complete-demo.yaml`],
    policies: 0,
    workloads: 14,
    allow: [`tcp ${socks('carts')} to ${socks('carts-db')}:27017`],
    deny: [],
  },
  {
    name: 'bank-of-anthos',
    manifests: ['bank-of-anthos/kubernetes-manifests'],
    policies: 0,
    workloads: 9,
    allow: ['tcp default/Deployment/frontend to default/StatefulSet/accounts-db:5432'],
    deny: [],
  },
  {
    name: 'the guestbook of the Kubernetes examples',
    manifests: [`${GUESTBOOK}/all-in-one/guestbook-all-in-one.yaml`],
    policies: 0,
    workloads: 3,
    allow: ['tcp default/Deployment/frontend to default/Deployment/redis-master:6379'],
    deny: [],
  },
];

/** Every manifest file of the examples that ship without policies, loaded one by one. */
export const LONE_FILES = ['kubernetes-examples', 'bank-of-anthos/kubernetes-manifests'];
