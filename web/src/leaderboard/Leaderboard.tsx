/** The leaderboard panel. */

import * as React from "react";

export function Leaderboard() {
  return <div />;
}
