package remote

// Requests tells how many calls of ConnectTo wait for an answer.
func (c *Client) Requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, p := range c.ports {
		if p.settled != nil {
			n++
		}
	}
	return n
}

// Ports tells how many network ports the client has.
func (c *Client) Ports() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ports)
}

// Waiting tells how many connections nobody has taken.
func (l *Listener) Waiting() int {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	return len(l.waiting)
}

// Kill ends the socket as a broken network does.
func (c *Client) Kill() { c.socket.abort() }

// Client tells whose listener it is.
func (l *Listener) Client() *Client { return l.client }

// Hold keeps the client from doing anything until release is called.
func (c *Client) Hold() (release func()) {
	c.mu.Lock()
	return c.mu.Unlock
}

// Explain puts into words why a socket ended.
var Explain = explain
