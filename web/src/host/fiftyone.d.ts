/** What Plumb uses of the App's own packages, which are globals of its page and not on any registry. */

declare module "@fiftyone/plugins" {
  import type { ComponentType } from "react";

  export enum PluginComponentType {
    Visualizer = 0,
    Plot = 1,
    Panel = 2,
    Component = 3,
  }

  export function registerComponent<Props>(registration: {
    name: string;
    label: string;
    component: ComponentType<Props>;
    type: PluginComponentType;
    activator: () => boolean;
  }): void;

  /** A component that somebody has registered, the App's own among them; undefined where nobody has. */
  export function usePluginComponent<Props>(name: string): { component: ComponentType<Props> } | undefined;
}

declare module "@fiftyone/operators" {
  export interface Reply {
    result?: unknown;
    error?: unknown;
  }

  /** Calls a method of a panel's Python half by the address that its view carries; false: its error is dealt with. */
  export function useTriggerPanelEvent(): (
    address: string,
    params: object,
    prompt: boolean,
    callback: (reply: Reply) => false,
  ) => void;

  /** Puts it on the App's queue; a method of a panel needs the panel's id as `panel_id`. */
  export function executeOperator(
    uri: string,
    params: object,
    options?: { callback?: (reply: Reply) => void; skipErrorNotification?: boolean },
  ): Promise<unknown>;

  /** A function that opens an operator's form, with some of its inputs filled in. */
  export function usePromptOperatorInput(): (uri: string, params?: object) => void;
}

declare module "@fiftyone/state" {
  import type { RecoilValueReadOnly } from "recoil";

  /** The id of the sample in the sample window, null while it is closed. */
  export const nullableModalSampleId: RecoilValueReadOnly<string | null>;
  /** The slice of the group that the sample window shows, and the one that the grid shows; null without groups. */
  export const modalGroupSlice: RecoilValueReadOnly<string | null>;
  export const groupSlice: RecoilValueReadOnly<string | null>;
  export interface ModalSelector {
    id: string;
    groupId?: string;
    hasNext?: boolean;
    hasPrevious?: boolean;
  }
  /** Steps of the sample window through the grid's samples; none while no grid is loaded. */
  export const modalNavigation: {
    get():
      | { next(by: number): Promise<ModalSelector | undefined>; previous(by: number): Promise<ModalSelector | undefined> }
      | undefined;
  };
  export function useSetExpandedSample(): (sample: ModalSelector) => Promise<void>;
  /** By sample id. */
  export const selectedSamples: RecoilValueReadOnly<ReadonlyMap<string, unknown>>;
  export const view: RecoilValueReadOnly<unknown>;
  export const filters: RecoilValueReadOnly<unknown>;
  /** What panels such as Embeddings narrow the grid by. */
  export const extendedStages: RecoilValueReadOnly<unknown>;
  export const datasetName: RecoilValueReadOnly<string | null>;
}

declare module "@fiftyone/spaces" {
  /** The id of the panel that the component is in. */
  export function usePanelId(): string | undefined;
}

declare module "@fiftyone/utilities" {
  export function getFetchOrigin(): string;
  export function getFetchPathPrefix(): string;
}

declare module "recoil" {
  export interface RecoilValueReadOnly<T> {
    readonly key: string;
    readonly __value?: T;
  }
  export function useRecoilValue<T>(value: RecoilValueReadOnly<T>): T;
}

declare module "*?worker&inline" {
  const Inlined: new (options?: { name?: string }) => Worker;
  export default Inlined;
}
