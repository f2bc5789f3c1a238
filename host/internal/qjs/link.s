// This file lets functions be declared in Go that the linker finds elsewhere.
