# What is sent: mail and SMS.

mail-subject = Iniciar sesión en { $company }
mail-header = Continúe con su inicio de sesión
mail-body = Usted, o alguien que escribió su dirección, pidió a { $company } un enlace para iniciar sesión. Sirve durante { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
  } y una sola vez.
mail-link = Continuar
mail-info-code = O escriba este código en la página que lo pide: { $code }. Nadie le pedirá nunca este código, ni por teléfono ni en un mensaje. No se lo lea a nadie.
mail-info = Nadie le pedirá nunca este enlace. No se lo envíe a nadie.
mail-footer = ¿No lo ha pedido usted? Entonces no haga nada: sin este correo nadie puede entrar.

sms-request = { $company }: abra solo si habla con nosotros:
