import { name } from "./entangle.js";
export { name };
