"""What is on the ground, as a map: read, drawn, checked against its place, brought in and given out as GeoJSON."""
