"""Who is to do what by when: duties and phases of the scheme, tasks handed out, 街乡吹哨、部门报到, joint meetings."""
