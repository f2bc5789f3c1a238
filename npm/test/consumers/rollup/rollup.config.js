import resolve from "@rollup/plugin-node-resolve";
export default { input: "main.js", output: { format: "es" }, plugins: [resolve()] };
