/** Files as text, for tests that compare with what Python says. */
declare module "*?raw" {
  const text: string;
  export default text;
}
