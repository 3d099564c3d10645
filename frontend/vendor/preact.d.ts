/* The part of preact 11's types that the pages use. */
export type Key = string | number;
export type ComponentChildren = any;
export interface VNode { type: unknown; props: Record<string, unknown>; key: Key }
export function h(type: unknown, props: Record<string, unknown> | null, ...children: unknown[]): VNode;
export function render(node: unknown, parent: Element): void;
export function cloneElement(node: VNode, props: Record<string, unknown>): VNode;
export const Fragment: unknown;
