/**
 * Calico's label expressions as a tree. Kubernetes label selectors are translated into the same tree, so that one
 * matcher serves every policy API.
 *
 * Source: projectcalico/calico libcalico-go/lib/selector/parser/ast.go; missing labels: `==`, `in`, `has`, `contains`,
 * `starts with`, `ends with` are false, `!=`, `not in` are true.
 */

export type Selector =
  | { readonly kind: 'all' }
  /** Always true when evaluated; as a whole namespace selector it means what has no namespace. */
  | { readonly kind: 'global' }
  | { readonly kind: 'has'; readonly label: string }
  | { readonly kind: 'equals'; readonly label: string; readonly value: string }
  | { readonly kind: 'not-equals'; readonly label: string; readonly value: string }
  | { readonly kind: 'in'; readonly label: string; readonly values: readonly string[] }
  | { readonly kind: 'not-in'; readonly label: string; readonly values: readonly string[] }
  | { readonly kind: 'contains'; readonly label: string; readonly value: string }
  | { readonly kind: 'starts-with'; readonly label: string; readonly value: string }
  | { readonly kind: 'ends-with'; readonly label: string; readonly value: string }
  | { readonly kind: 'not'; readonly operand: Selector }
  | { readonly kind: 'and'; readonly operands: readonly Selector[] }
  | { readonly kind: 'or'; readonly operands: readonly Selector[] };
