/** A plot by the App's own Plotly, which no plugin has to carry along. */

import { usePluginComponent } from "@fiftyone/plugins";
import * as React from "react";
import { boxed, clicked, type Figure, type Picked, type PlotlyPoint } from "./figure-parts";

/** What Plotly says of a click, or of a box or lasso; nothing where one was taken away. */
interface PlotlyEvent {
  points: PlotlyPoint[];
}

/** The App's renderer of forms; its view of Plotly hands `componentsProps.plotly` on to the plot. */
interface SchemaProps {
  id: string;
  schema: object;
  data: unknown;
  shouldClearUseKeyStores: boolean;
}

export interface PlotProps {
  figure: Figure;
  /** The value of `data-plumb`. */
  name: string;
  /** For screen readers. */
  label: string;
  /** Bars or points that were clicked or lie in a box; undefined where nothing stands behind them. */
  pick?: (picked: Picked[]) => void;
  /** A box was taken away. */
  unpick?: () => void;
}

/** Buttons that the mouse does not need, and that would cover the legend of a narrow plot. */
const REMOVED = ["zoomIn2d", "zoomOut2d", "autoScale2d", "pan2d"];
const CONFIG = { displaylogo: false, scrollZoom: false, responsive: true, modeBarButtonsToRemove: REMOVED };
const WITHOUT_BOX = { ...CONFIG, modeBarButtonsToRemove: [...REMOVED, "select2d", "lasso2d"] };

export function Plot({ figure, name, label, pick, unpick }: PlotProps) {
  const registered = usePluginComponent<SchemaProps>("SchemaIOComponent");
  const id = React.useId();
  const latest = React.useRef({ pick, unpick });
  latest.current = { pick, unpick };
  const picks = pick !== undefined;
  const schema = React.useMemo(() => {
    const heard = (meaning: (points: PlotlyPoint[]) => Picked[]) => (event?: PlotlyEvent) => {
      const picked = meaning(event?.points ?? []);
      if (picked.length) latest.current.pick?.(picked);
    };
    const plotly = picks ? { onClick: heard(clicked), onSelected: heard(boxed), onDeselect: () => latest.current.unpick?.() } : {};
    return {
      type: "object",
      view: {
        name: "PlotlyView", component: "PlotlyView", layout: figure.layout, config: picks ? CONFIG : WITHOUT_BOX,
        componentsProps: { plotly: { ...plotly, useResizeHandler: true } },
      },
    };
  }, [figure, picks]);
  if (!registered) return <div className="plumb-lb-empty">This version of the App has no plots to offer.</div>;
  const SchemaIO = registered.component;
  return (
    <div className="plumb-lb-plot" role="group" aria-label={label} data-plumb={name}>
      <div className="plumb-lb-fill">
        <SchemaIO id={id} schema={schema} data={figure.data} shouldClearUseKeyStores={false} />
      </div>
    </div>
  );
}
