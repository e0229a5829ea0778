{
  "targets": [
    {
      "target_name": "udp",
      "sources": ["udp.c"],
      "defines": ["NAPI_VERSION=8", "_GNU_SOURCE"],
      "cflags": ["-O2", "-std=c11", "-Wall", "-Wextra", "-Wno-unused-parameter"],
      "cflags!": ["-O3"]
    }
  ]
}
