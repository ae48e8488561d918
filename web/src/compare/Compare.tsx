/** The compare panel. */

import * as React from "react";

export function Compare() {
  return <div />;
}
