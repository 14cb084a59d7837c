"""专家服务: the pool of experts and firms, what communities ask of them, their visits, and the designer of each street."""
