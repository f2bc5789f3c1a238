package protocol

// What ended is overwritten in programs with the race detector (poison_race.go), so that tests find
// whoever uses it too long.

// poisonByte fills returned buffers. As the kind of a frame or a packet it is none.
const poisonByte = 0xdb

func poison(b []byte) {
	for i := range b {
		b[i] = poisonByte
	}
}
