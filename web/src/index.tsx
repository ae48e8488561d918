/** The script that the App loads: it registers the components that the panels of panels/ name. */

import { PluginComponentType, registerComponent } from "@fiftyone/plugins";
import { Compare } from "./compare/Compare";
import { Leaderboard } from "./leaderboard/Leaderboard";

const always = { type: PluginComponentType.Component, activator: () => true };

registerComponent({ name: "PlumbCompare", label: "Compare depth", component: Compare, ...always });
registerComponent({ name: "PlumbLeaderboard", label: "Depth leaderboard", component: Leaderboard, ...always });
