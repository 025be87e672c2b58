package main

type scenario struct {
	name string
	run  func(*scene)
}

var scenarios = []scenario{
	{"handshake", plainHandshake},
	{"handshake-with-certificates", handshakeWithCertificates},
	{"who-it-is", whoItIs},
	{"life", wholeLife},
}
