import{name as o}from"./entangle.js";export{o as name};
