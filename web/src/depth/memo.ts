/** Results that are kept as long as the objects that they were computed from. */

/** The function, computed once for the same objects (by identity). What it returns is shared: nobody may change it. */
export function memo<Args extends readonly [object, ...object[]], Result>(
  compute: (...args: Args) => Result,
): (...args: Args) => Result {
  const root: Branch<Result> = new WeakMap();
  return (...args) => {
    let branch = root;
    const last = args[args.length - 1] as object;
    for (const arg of args.slice(0, -1)) {
      const next = (branch.get(arg) as Branch<Result> | undefined) ?? (new WeakMap() as Branch<Result>);
      branch.set(arg, next);
      branch = next;
    }
    const known = branch.get(last) as { value: Result } | undefined;
    if (known) return known.value;
    const value = compute(...args);
    branch.set(last, { value });
    return value;
  };
}

/** A level for each argument; a leaf holds the result. */
type Branch<Result> = WeakMap<object, Branch<Result> | { value: Result }>;
