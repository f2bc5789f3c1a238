var e="entangle";export{e as name};
