"""The documents that definitions come from, by the titles that they bear."""

NATIONAL = "绿色社区创建行动方案（建城〔2020〕68号）"
SICHUAN = "四川省绿色社区创建行动实施方案"
LIVING = "GB 50180-2018 城市居住区规划设计标准"
NOISE = "GB 3096-2008 声环境质量标准"
NOISE_OF_LIFE = "GB 22337-2008 社会生活环境噪声排放标准"
