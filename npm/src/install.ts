import { name } from "./entangle.ts";
export { name };
