"""Headsets in a browser or on a desktop: what they say, and the gateway that ends their WebRTC."""
